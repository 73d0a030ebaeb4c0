/**
 * The answers to what IKE asks: from the backend, one after the other, so that nothing overtakes what was
 * asked before it.
 *
 * @module
 */
import type { Answer, Question } from '../../ike/question.ts';
import { type Backend, collect } from '../../ipsec/backend.ts';

type PasswordQuestion = Extract<Question, { readonly kind: 'password' }>;

/** Whether somebody is who he says. */
export type CheckPassword = (question: PasswordQuestion) => Promise<Answer>;

export class Answering {
  readonly #backend: Backend;
  readonly #checkPassword: CheckPassword | null;
  #turn: Promise<unknown> = Promise.resolve();

  /** Without `checkPassword` nobody has one. */
  constructor(backend: Backend, checkPassword: CheckPassword | null) {
    this.#backend = backend;
    this.#checkPassword = checkPassword;
  }

  /** Resolves with the answer, in its turn; never rejects. */
  answer(question: Question): Promise<Answer> {
    const ask = () => refusing(() => this.#ask(question));
    // To check a password may take long, and nothing depends on its turn.
    return question.kind === 'password' ? ask() : this.inTurn(ask);
  }

  /** Has `action` done when all that was asked before is answered. */
  inTurn<T>(action: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(action);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #ask(question: Question): Promise<Answer> {
    const backend = this.#backend;
    switch (question.kind) {
      case 'spis': {
        const spis: number[] = [];
        for (const request of question.requests) {
          spis.push((await backend.allocateSpi(request)).parameters.spi);
        }
        return { kind: 'spis', spis };
      }
      case 'policies':
        return {
          kind: 'policies',
          policies: await collect(backend.policies(question.including ?? undefined)),
        };
      case 'commit':
        await backend.commit(question.changes);
        return { kind: 'committed' };
      case 'password':
        return await this.#password(question);
    }
  }

  async #password(question: PasswordQuestion): Promise<Answer> {
    if (this.#checkPassword === null) {
      return { kind: 'refused', reason: 'nobody is here to check passwords' };
    }
    return await this.#checkPassword(question);
  }
}

async function refusing(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    return { kind: 'refused', reason: error instanceof Error ? error.message : String(error) };
  }
}
