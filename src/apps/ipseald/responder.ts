/**
 * The worker's end of the conversation with the main thread: requests to the engine, one part of an
 * answer at a time, and the engine's events.
 *
 * @module
 */
import type { Engine } from '../../dataplane/engine.ts';
import type { Instant } from '../../ipsec/backend.ts';
import { type AnswerLine, answerLine, eventLine } from './answer.ts';
import type { FromResponder, ToResponder } from './messages.ts';

export class Responder {
  readonly #engine: Engine;
  readonly #send: (message: FromResponder) => void;
  /** Dumps that have a next part. */
  readonly #dumps = new Map<number, Iterator<AnswerLine>>();
  #watching = false;
  #events: string[] = [];

  constructor(engine: Engine, send: (message: FromResponder) => void) {
    this.#engine = engine;
    this.#send = send;
  }

  /** Does what `message` asks for. */
  take(message: ToResponder, now: Instant): void {
    // Who is answered knows what happened before: a packet may have wanted what is brought now.
    this.tellEvents();
    switch (message.kind) {
      case 'request':
        this.#answer(message.id, answerLine(this.#engine, message.line, now));
        return;
      case 'more': {
        const dump = this.#dumps.get(message.id);
        if (dump !== undefined) this.#answer(message.id, dump);
        return;
      }
      case 'abandon':
        this.#dumps.delete(message.id);
        return;
      case 'unwatch':
        this.#watching = false;
        this.#engine.watch(null);
        return;
    }
  }

  /** Tells the events since the last time, together. */
  tellEvents(): void {
    if (this.#events.length === 0) return;
    const lines = this.#events;
    this.#events = [];
    this.#send({ kind: 'events', lines });
  }

  #answer(id: number, lines: Iterator<AnswerLine>): void {
    const { value, done } = lines.next();
    if (done === true) throw new Error('Bug: an answer without an end');
    const { line, rest } = value;
    if (rest === 'dump') this.#dumps.set(id, lines);
    else this.#dumps.delete(id);
    if (rest === 'events') this.#watch();
    this.#send({ kind: 'answer', id, line, rest });
  }

  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.#engine.watch((event) => {
      this.#events.push(eventLine(event));
    });
  }
}
