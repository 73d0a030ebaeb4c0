/**
 * What came to an unfinished phase 1 and was not taken: it may be anybody's, and it may be why nothing comes
 * of phase 1. So nothing is done at it, and it is told when the time is up.
 *
 * @module
 */
import type { Failure } from '../failure.ts';

export class Hints {
  /** What the last message came to, or would have. */
  #last: Failure | null = null;
  /** Of a message that may merely have come late. */
  #misfit: string | null = null;
  /** The kinds that were told: whoever forges cannot fill a log. */
  readonly #told = new Set<Failure['kind']>();

  /** Keeps `failure` for {@link explain}; whether it is the first of its kind. */
  keep(failure: Failure): boolean {
    if (failure.kind === 'protocol') this.#misfit = failure.reason;
    else this.#last = failure;
    const isFirst = !this.#told.has(failure.kind);
    this.#told.add(failure.kind);
    return isFirst;
  }

  /** The right message came: those before it explain nothing. */
  forget(): void {
    this.#last = null;
    this.#misfit = null;
  }

  /** `failure` as it is to be told: when the time is up, by what came meanwhile. */
  explain(failure: Failure): Failure {
    if (failure.kind !== 'no-answer') return failure;
    return this.#last ?? { ...failure, ignored: this.#misfit };
  }
}
