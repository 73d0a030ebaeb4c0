/**
 * A queue between somebody who cannot wait and somebody who may be slow.
 *
 *   push ──► [ oldest ... newest ] ──► for await
 *            full: dropped, and one `overrun` in the place of all that were
 *
 * @module
 */

export class BoundedQueue<T> implements AsyncIterable<T> {
  readonly #most: number;
  readonly #overrun: T;
  readonly #onClose: () => void;
  #items: T[] = [];
  #overran = false;
  #closed = false;
  #wake: (() => void) | null = null;

  /** Holds up to `most` items. `onClose` is called once, when the queue is closed or left. */
  constructor(most: number, overrun: T, onClose: () => void = () => undefined) {
    this.#most = most;
    this.#overrun = overrun;
    this.#onClose = onClose;
  }

  /** Puts `item` at the end, or drops it when the queue is full or closed. */
  push(item: T): void {
    if (this.#closed || this.#overran) return;
    this.#overran = this.#items.length === this.#most;
    this.#items.push(this.#overran ? this.#overrun : item);
    this.#wake?.();
  }

  /** What is in the queue is still given out; then it ends. Again is harmless. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    try {
      for (;;) {
        const items = this.#items;
        this.#items = [];
        this.#overran = false;
        yield* items;
        if (this.#items.length > 0) continue;
        if (this.#closed) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = null;
      }
    } finally {
      this.close();
    }
  }
}
