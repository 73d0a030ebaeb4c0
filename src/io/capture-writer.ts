/**
 * Capture files, written as packets come.
 *
 * @module
 */
import { closeSync, openSync, writeSync } from 'node:fs';
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

/** More than any packet takes. */
const PIECE_LENGTH = 1 << 20;

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
  readonly #output: Output;
  readonly #format: Format;
  /** Pieces that are full. */
  #waiting: Uint8Array[] = [];
  #piece = new Uint8Array(PIECE_LENGTH);
  #end: number;

  /** Opens the file at `path`; `-` is standard output. Throws what `fs.openSync` throws. */
  constructor(path: string, linkType: number, snapLength: number = PCAP_LONGEST_PACKET) {
    this.#output = path === '-' ? standardOutput() : outputFile(path);
    this.#format = path.endsWith('.pcapng') ? PCAPNG : PCAP;
    this.#format.emitHeader(linkType, snapLength, this.#piece, 0);
    this.#end = this.#format.headerLength;
  }

  /** Whether nobody takes any more. */
  get closed(): boolean {
    return this.#output.closed();
  }

  /** Adds `packet`, copied. */
  add(packet: CapturedPacket): void {
    if (this.#end + this.#format.recordLength(packet.length) > PIECE_LENGTH) {
      this.#waiting.push(this.#piece.subarray(0, this.#end));
      this.#piece = new Uint8Array(PIECE_LENGTH);
      this.#end = 0;
    }
    this.#end += this.#format.emitRecord(packet, this.#piece, this.#end);
  }

  /** Writes what waits in memory. Rejects with what `fs.writeSync` throws. */
  async flush(): Promise<void> {
    for (const piece of this.#waiting) await this.#output.write(piece);
    this.#waiting = [];
    if (this.#end > 0) await this.#output.write(this.#piece.subarray(0, this.#end));
    this.#end = 0;
  }

  /** Writes what waits and lets go of the file. */
  async close(): Promise<void> {
    await this.flush();
    this.#output.close();
  }
}

/** Where octets go. */
interface Output {
  /** Resolves when the memory may be written to again. */
  write(octets: Uint8Array): Promise<void>;
  closed(): boolean;
  close(): void;
}

function outputFile(path: string): Output {
  const fd = openSync(path, 'w');
  return {
    write: async (octets) => {
      for (let at = 0; at < octets.length; ) at += writeSync(fd, octets, at, octets.length - at);
    },
    closed: () => false,
    close: () => closeSync(fd),
  };
}

/** The stream, which waits for a reader that is slow. */
function standardOutput(): Output {
  const { stdout } = process;
  return {
    write: (octets) => new Promise((resolve) => stdout.write(octets, () => resolve())),
    closed: () => stdout.destroyed,
    close: () => {},
  };
}
