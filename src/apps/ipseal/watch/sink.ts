/**
 * Where packets go: printed, or into a file.
 *
 * @module
 */
import type { Writable } from 'node:stream';
import { CaptureWriter } from '../../../io/capture-file.ts';
import type { CapturedPacket } from '../../../wire/captured-packet.ts';
import { drained } from '../../print.ts';

export interface Sink {
  /** Nobody takes any more. */
  readonly closed: boolean;
  /** Takes `packet`, which may change as soon as this returns. */
  take(packet: CapturedPacket): void;
  /** Hands over what waits; resolves when more can be taken without filling the memory. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Prints. */
export class PrintSink implements Sink {
  readonly #stream: Writable;
  readonly #text: (packet: CapturedPacket) => string;
  #chunk = '';

  constructor(stream: Writable, text: (packet: CapturedPacket) => string) {
    this.#stream = stream;
    this.#text = text;
  }

  get closed(): boolean {
    return this.#stream.destroyed;
  }

  take(packet: CapturedPacket): void {
    this.#chunk += this.#text(packet);
  }

  async flush(): Promise<void> {
    if (this.#chunk === '') return;
    const chunk = this.#chunk;
    this.#chunk = '';
    if (!this.#stream.write(chunk)) await drained(this.#stream);
  }

  close(): Promise<void> {
    return this.flush();
  }
}

/** Writes a capture file. Packets of another link type than the first cannot stand in it. */
export class WriteSink implements Sink {
  readonly closed = false;
  readonly #path: string;
  readonly #snapLength: number;
  #writer: CaptureWriter | null = null;
  #linkType: number | null = null;

  constructor(path: string, snapLength: number) {
    this.#path = path;
    this.#snapLength = snapLength;
  }

  take(packet: CapturedPacket): void {
    if (this.#writer === null) {
      this.#writer = new CaptureWriter(this.#path, packet.linkType, this.#snapLength);
      this.#linkType = packet.linkType;
    }
    if (packet.linkType !== this.#linkType) {
      throw new Error(
        `Cannot write packets of link types ${this.#linkType} and ${packet.linkType} to one file`,
      );
    }
    this.#writer.add(packet);
  }

  async flush(): Promise<void> {
    this.#writer?.flush();
  }

  async close(): Promise<void> {
    this.#writer?.close();
  }
}
