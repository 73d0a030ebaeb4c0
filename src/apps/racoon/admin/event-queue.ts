/**
 * Events on their way to one reader, who may be slow.
 *
 * @module
 */
import type { ResultJson } from './protocol.ts';

type Events = ResultJson<'events'>;

/** A reader that is further behind is told no more: its conversation ends. */
export const MOST_WAITING = 8192;

export class EventQueue {
  #waiting: Events[number][] = [];
  #wake: (() => void) | null = null;
  #ended = false;

  add(event: Events[number]): void {
    if (this.#waiting.length >= MOST_WAITING) this.#ended = true;
    if (!this.#ended) this.#waiting.push(event);
    this.#wake?.();
  }

  /** Ends it, with what is still to be read. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** What waits, each time that there is something. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Events> {
    for (;;) {
      if (this.#waiting.length > 0) {
        const events = this.#waiting;
        this.#waiting = [];
        yield events;
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
