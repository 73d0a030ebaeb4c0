/**
 * Capture files, read and written as streams: no more of them is in memory than one piece.
 *
 * @module
 */
import { closeSync, openSync, read, writeSync } from 'node:fs';
import type { Malformed } from '../octets/malformed.ts';
import { CaptureParser } from '../wire/capture-parser.ts';
import type { CapturedPacket } from '../wire/captured-packet.ts';
import {
  emitPcapFileHeader,
  emitPcapRecord,
  PCAP_FILE_HEADER_LENGTH,
  PCAP_LONGEST_PACKET,
  PCAP_RECORD_HEADER_LENGTH,
} from '../wire/pcap.ts';
import {
  emitPcapngHeader,
  emitPcapngPacket,
  PCAPNG_HEADER_LENGTH,
  pcapngPacketLength,
} from '../wire/pcapng.ts';
import type { CaptureSource } from './capture-source.ts';

/** More than the parser wants to see at once. */
const PIECE_LENGTH = 1 << 20;
const STANDARD_INPUT = 0;
const STANDARD_OUTPUT = 1;

/** A file that is read, pcap or pcapng. */
export class CaptureFile implements CaptureSource {
  readonly name: string;
  readonly linkType = null;
  readonly #fd: number;
  readonly #parser = new CaptureParser();
  #stopped = false;

  /** Opens the file at `path`; `-` is standard input. Throws what `fs.openSync` throws. */
  constructor(path: string) {
    this.name = path === '-' ? 'standard input' : path;
    this.#fd = path === '-' ? STANDARD_INPUT : openSync(path, 'r');
  }

  /** Why reading ended before the file did; the packets before are good. */
  get fault(): Malformed | null {
    return this.#parser.fault;
  }

  async *batches(): AsyncGenerator<Iterable<CapturedPacket>> {
    const parser = this.#parser;
    const piece = new Uint8Array(PIECE_LENGTH);
    let left = 0;
    while (!this.#stopped && parser.fault === null) {
      const length = await readInto(this.#fd, piece, left);
      parser.feed(piece, 0, left + length);
      yield packetsOf(parser);
      if (length === 0) return parser.end();
      piece.copyWithin(0, parser.rest, left + length);
      left += length - parser.rest;
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  close(): void {
    if (this.#fd !== STANDARD_INPUT) closeSync(this.#fd);
  }
}

function* packetsOf(parser: CaptureParser): Generator<CapturedPacket> {
  for (let packet = parser.next(); packet !== null; packet = parser.next()) yield packet;
}

/** Octets read behind the first `at` of `piece`; 0 at the end of the file. */
function readInto(fd: number, piece: Uint8Array, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, piece, at, piece.length - at, null, (error, length) => {
      if (error) reject(error);
      else resolve(length);
    });
  });
}

/** How a format puts packets into a file. */
interface Format {
  readonly headerLength: number;
  readonly emitHeader: typeof emitPcapFileHeader;
  /** Octets that a packet of `length` takes. */
  readonly recordLength: (length: number) => number;
  readonly emitRecord: typeof emitPcapRecord;
}

const PCAP: Format = {
  headerLength: PCAP_FILE_HEADER_LENGTH,
  emitHeader: emitPcapFileHeader,
  recordLength: (length) => PCAP_RECORD_HEADER_LENGTH + length,
  emitRecord: emitPcapRecord,
};
const PCAPNG: Format = {
  headerLength: PCAPNG_HEADER_LENGTH,
  emitHeader: emitPcapngHeader,
  recordLength: pcapngPacketLength,
  emitRecord: emitPcapngPacket,
};

/** A file that packets of one link type are written to: pcapng if its name says so, else pcap. */
export class CaptureWriter {
  readonly #fd: number;
  readonly #format: Format;
  readonly #piece = new Uint8Array(PIECE_LENGTH);
  #end: number;

  /** Opens the file at `path`; `-` is standard output. Throws what `fs.openSync` throws. */
  constructor(path: string, linkType: number, snapLength: number = PCAP_LONGEST_PACKET) {
    this.#fd = path === '-' ? STANDARD_OUTPUT : openSync(path, 'w');
    this.#format = path.endsWith('.pcapng') ? PCAPNG : PCAP;
    this.#format.emitHeader(linkType, snapLength, this.#piece, 0);
    this.#end = this.#format.headerLength;
  }

  /** Adds `packet`, copied. */
  add(packet: CapturedPacket): void {
    if (this.#end + this.#format.recordLength(packet.length) > PIECE_LENGTH) this.flush();
    this.#end += this.#format.emitRecord(packet, this.#piece, this.#end);
  }

  /** Writes what waits in memory. Throws what `fs.writeSync` throws. */
  flush(): void {
    for (let at = 0; at < this.#end; ) at += writeSync(this.#fd, this.#piece, at, this.#end - at);
    this.#end = 0;
  }

  /** Writes what waits and lets go of the file. */
  close(): void {
    this.flush();
    if (this.#fd !== STANDARD_OUTPUT) closeSync(this.#fd);
  }
}
