/**
 * Where what is to be done is gathered while an input is worked on, and the questions that wait for
 * their answers.
 *
 * @module
 */
import type { IkeEvent } from './event.ts';
import type { IkeOutput } from './output.ts';
import type { Path } from './path.ts';
import type { Answer, Question } from './question.ts';

/** What becomes of an answer; `now` is when it came. */
export type Heed<Q extends Question> = (answer: AnswerTo<Q>, now: number) => void;

/** The answers that a question may have. */
export type AnswerTo<Q extends Question> = Extract<
  Answer,
  { readonly kind: AnswerKinds[Q['kind']] | 'refused' }
>;

interface AnswerKinds {
  readonly spis: 'spis';
  readonly policies: 'policies';
  readonly commit: 'committed';
  readonly password: 'password';
}

export class Outbox {
  #outputs: IkeOutput[] = [];
  #lastQuestion = 0;
  readonly #waiting = new Map<number, (answer: Answer, now: number) => void>();

  transmit(path: Path, datagrams: readonly Uint8Array[]): void {
    for (const datagram of datagrams) this.#outputs.push({ kind: 'transmit', path, datagram });
  }

  keepalive(path: Path): void {
    this.#outputs.push({ kind: 'keepalive', path });
  }

  event(event: IkeEvent): void {
    this.#outputs.push({ kind: 'event', event });
  }

  /** Asks; `heed` is called when the answer comes, once, or never. */
  ask<Q extends Question>(question: Q, heed: Heed<Q>): void {
    this.#lastQuestion += 1;
    const number = this.#lastQuestion;
    this.#waiting.set(number, (answer, now) => {
      const fits = answer.kind === 'refused' || answer.kind === ANSWER_KINDS[question.kind];
      if (!fits) throw new Error(`Bug: a question of ${question.kind} got ${answer.kind}`);
      heed(answer as AnswerTo<Q>, now);
    });
    this.#outputs.push({ kind: 'ask', number, question });
  }

  /** Brings the answer to whoever asked. */
  answered(number: number, answer: Answer, now: number): void {
    const heed = this.#waiting.get(number);
    this.#waiting.delete(number);
    heed?.(answer, now);
  }

  /** All that was gathered since it was last taken, in order. */
  take(): readonly IkeOutput[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }
}

const ANSWER_KINDS: AnswerKinds = {
  spis: 'spis',
  policies: 'policies',
  commit: 'committed',
  password: 'password',
};
