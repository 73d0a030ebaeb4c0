import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { printPieces } from './print.ts';

/** A reader that takes a chunk only when told to. */
class SlowReader extends Writable {
  readonly chunks: string[] = [];
  #next: (() => void) | null = null;

  constructor() {
    super({ highWaterMark: 1, decodeStrings: false });
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    this.chunks.push(chunk);
    this.#next = done;
  }

  take(): void {
    const next = this.#next;
    this.#next = null;
    next?.();
  }
}

const PIECE = 'x'.repeat(1000);

describe('printPieces()', () => {
  test('makes no further pieces while the reader is behind', async () => {
    let made = 0;
    const pieces = function* () {
      for (; made < 200; made++) yield PIECE;
    };
    const reader = new SlowReader();
    const printing = printPieces(reader, pieces());
    await new Promise(setImmediate);
    expect(made).toBe(65);
    reader.take();
    await new Promise(setImmediate);
    expect(made).toBeLessThan(140);
    let over = false;
    void printing.then(() => {
      over = true;
    });
    while (!over) {
      reader.take();
      await new Promise(setImmediate);
    }
    expect(reader.chunks.join('')).toBe(PIECE.repeat(200));
  });

  test('ends when the reader goes away', async () => {
    const pieces = function* () {
      for (;;) yield PIECE;
    };
    const reader = new SlowReader();
    const printing = printPieces(reader, pieces());
    await new Promise(setImmediate);
    reader.destroy();
    await printing;
    expect(reader.chunks).toHaveLength(1);
  });

  test('of nothing writes nothing', async () => {
    const reader = new SlowReader();
    await printPieces(reader, []);
    await printPieces(reader, ['']);
    expect(reader.chunks).toEqual([]);
  });
});
