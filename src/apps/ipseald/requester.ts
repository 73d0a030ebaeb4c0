/**
 * The main thread's end of the conversation with the worker: answers to whom they belong, parts of
 * dumps when they are wanted, events to all who watch.
 *
 * @module
 */
import { BoundedQueue } from '../../ipsec/bounded-queue.ts';
import { OVERRUN_LINE } from './answer.ts';
import type { FromResponder, ToResponder } from './messages.ts';

type Part = Extract<FromResponder, { readonly kind: 'answer' }>;

/** Lines of events that wait for one reader before some are lost: some megabytes. */
const MOST_EVENTS = 8192;

export class Requester {
  readonly #send: (message: ToResponder) => void;
  readonly #waiting = new Map<number, (part: Part) => void>();
  readonly #watchers = new Map<number, BoundedQueue<string>>();
  #nextId = 1;

  constructor(send: (message: ToResponder) => void) {
    this.#send = send;
  }

  /** Takes in what the worker says. */
  take(message: FromResponder): void {
    if (message.kind === 'events') {
      for (const watcher of this.#watchers.values()) {
        for (const line of message.lines) watcher.push(line);
      }
      return;
    }
    const { id, rest } = message;
    // At once: the next message may be of events.
    if (rest === 'events') this.#watchers.set(id, this.#newWatcher(id));
    this.#waiting.get(id)?.(message);
    this.#waiting.delete(id);
  }

  /** Has the worker answer a line of the control protocol; see the `Answer` of the control socket. */
  async *answer(line: string, gone: AbortSignal): AsyncGenerator<string> {
    const id = this.#nextId++;
    let part = await this.#ask({ kind: 'request', id, line });
    try {
      yield part.line;
      while (part.rest === 'dump') {
        part = await this.#ask({ kind: 'more', id });
        yield part.line;
      }
      const events = this.#watchers.get(id);
      if (events === undefined) return;
      gone.addEventListener('abort', () => events.close());
      if (!gone.aborted) yield* events;
    } finally {
      if (part.rest === 'dump') this.#send({ kind: 'abandon', id });
      this.#watchers.get(id)?.close();
    }
  }

  #ask(message: Extract<ToResponder, { readonly id: number }>): Promise<Part> {
    return new Promise((resolve) => {
      this.#waiting.set(message.id, resolve);
      this.#send(message);
    });
  }

  #newWatcher(id: number): BoundedQueue<string> {
    return new BoundedQueue(MOST_EVENTS, OVERRUN_LINE, () => {
      this.#watchers.delete(id);
      if (this.#watchers.size === 0) this.#send({ kind: 'unwatch' });
    });
  }
}
