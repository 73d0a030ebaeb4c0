/**
 * Where packets go: printed, or into a file.
 *
 * @module
 */
import type { Writable } from 'node:stream';
import { CaptureWriter } from '../../../io/capture-writer.ts';
import { TextWriter } from '../../../octets/text-writer.ts';
import type { CapturedPacket } from '../../../wire/captured-packet.ts';

export interface Sink {
  /** Nobody takes any more. */
  readonly closed: boolean;
  /** Takes `packet`, which may change as soon as this returns. */
  take(packet: CapturedPacket): void;
  /** Hands over what waits; resolves when more can be taken without filling the memory. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Writes what is printed for a packet, if anything is. */
export type Print = (out: TextWriter, packet: CapturedPacket) => void;

/** Prints: texts are put into one memory, which is handed over as a whole. */
export class PrintSink implements Sink {
  readonly #stream: Writable;
  readonly #print: Print;
  readonly #out = new TextWriter(MEMORY_LENGTH);

  constructor(stream: Writable, print: Print) {
    this.#stream = stream;
    this.#print = print;
  }

  get closed(): boolean {
    return this.#stream.destroyed;
  }

  take(packet: CapturedPacket): void {
    this.#print(this.#out, packet);
  }

  async flush(): Promise<void> {
    if (this.#out.length === 0) return;
    // The stream has done with the memory when it calls back, and not before.
    await new Promise<void>((resolve) => this.#stream.write(this.#out.octets, () => resolve()));
    this.#out.clear();
  }

  close(): Promise<void> {
    return this.flush();
  }
}

/** What most batches of packets need. */
const MEMORY_LENGTH = 1 << 21;

/** Writes a capture file, of packets of one link type: the first one's, unless it is known before. */
export class WriteSink implements Sink {
  readonly #path: string;
  readonly #snapLength: number;
  #writer: CaptureWriter | null = null;
  #linkType: number | null;

  /** Where `linkType` is known, the file is there at once. */
  constructor(path: string, linkType: number | null, snapLength: number) {
    this.#path = path;
    this.#snapLength = snapLength;
    this.#linkType = linkType;
    if (linkType !== null) this.#writer = this.#open(linkType);
  }

  get closed(): boolean {
    return this.#writer?.closed ?? false;
  }

  take(packet: CapturedPacket): void {
    this.#linkType ??= packet.linkType;
    this.#writer ??= this.#open(packet.linkType);
    if (packet.linkType !== this.#linkType) {
      throw new Error(
        `Cannot write packets of link types ${this.#linkType} and ${packet.linkType} to one file`,
      );
    }
    this.#writer.add(packet);
  }

  #open(linkType: number): CaptureWriter {
    return new CaptureWriter(this.#path, linkType, this.#snapLength);
  }

  async flush(): Promise<void> {
    await this.#writer?.flush();
  }

  async close(): Promise<void> {
    await this.#writer?.close();
  }
}
