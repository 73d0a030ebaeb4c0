/**
 * Capture files, read as streams: no more of them is in memory than one piece.
 *
 * @module
 */
import { closeSync, openSync, read } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Malformed } from '../octets/malformed.ts';
import { CaptureParser } from '../wire/capture-parser.ts';
import type { CapturedPacket } from '../wire/captured-packet.ts';
import type { CaptureSource } from './capture-source.ts';

/** More than the parser wants to see at once. */
const PIECE_LENGTH = 1 << 20;

/** A file that is read, pcap or pcapng. */
export class CaptureFile implements CaptureSource {
  readonly name: string;
  readonly linkType = null;
  readonly #input: Input;
  readonly #parser = new CaptureParser();
  #stopped = false;

  /** Opens the file at `path`; `-` is standard input. Throws what `fs.openSync` throws. */
  constructor(path: string) {
    this.name = path === '-' ? 'standard input' : path;
    this.#input = path === '-' ? standardInput() : inputFile(path);
  }

  /** Why reading ended before the file did; the packets before are good. */
  get fault(): Malformed | null {
    return this.#parser.fault;
  }

  async *batches(): AsyncGenerator<Iterable<CapturedPacket>> {
    const parser = this.#parser;
    const piece = new Uint8Array(PIECE_LENGTH);
    let left = 0;
    while (parser.fault === null) {
      const length = await this.#input.read(piece, left);
      if (this.#stopped) return;
      parser.feed(piece, 0, left + length);
      yield packetsOf(parser);
      if (length === 0) return parser.end();
      piece.copyWithin(0, parser.rest, left + length);
      left += length - parser.rest;
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#input.stop();
  }

  close(): void {
    this.#input.close();
  }
}

/** Where octets come from. */
interface Input {
  /** Octets read behind the first `at` of `piece`; 0 at the end. */
  read(piece: Uint8Array, at: number): Promise<number>;
  /** Has a read that waits come to its end. */
  stop(): void;
  close(): void;
}

function inputFile(path: string): Input {
  const fd = openSync(path, 'r');
  return {
    read: (piece, at) =>
      new Promise((resolve, reject) => {
        read(fd, piece, at, piece.length - at, null, (error, length) => {
          if (error) reject(error);
          else resolve(length);
        });
      }),
    stop: () => {},
    close: () => closeSync(fd),
  };
}

/** A stream, because nobody can stop a read from a descriptor that waits for a writer. */
function standardInput(): Input {
  const { stdin } = process;
  return {
    read: async (piece, at) => {
      for (;;) {
        const octets: Buffer | null = stdin.read(Math.min(stdin.readableLength, piece.length - at));
        if (octets !== null) {
          piece.set(octets, at);
          return octets.length;
        }
        if (stdin.readableEnded || stdin.destroyed) return 0;
        await something(stdin);
      }
    },
    stop: () => void stdin.destroy(),
    close: () => void stdin.destroy(),
  };
}

/** Resolves when `stream` has octets, or will have no more. */
function something(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      for (const event of EVENTS) stream.off(event, settle);
      resolve();
    };
    for (const event of EVENTS) stream.on(event, settle);
  });
}

const EVENTS = ['readable', 'end', 'close', 'error'] as const;

function* packetsOf(parser: CaptureParser): Generator<CapturedPacket> {
  for (let packet = parser.next(); packet !== null; packet = parser.next()) yield packet;
}
