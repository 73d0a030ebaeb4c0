/**
 * Noticing that SAs have passed a limit of their lifetime, a slice of the SAD at a time.
 *
 * @module
 */
import type { Instant } from './backend.ts';
import { type BackendEvent, withoutKeys } from './events.ts';
import type { Sad, SadEntry } from './sad.ts';

/** SAs looked at before packets have their turn: some tens of microseconds. */
const SLICE = 512;
/** Lifetimes are told in seconds; so is their end. */
const PASS_MS = 1000;

export class ExpiryWatch {
  /** What is known of SAs that are past a limit. */
  readonly #known = new WeakMap<SadEntry, 'dying' | 'dead'>();
  #sad: Sad | null = null;
  #pass: Iterator<SadEntry> | null = null;
  #nextPassAt: Instant = 0;
  /** What had expired before anybody watched is no event. */
  #silent = true;

  /** Looks at some SAs of `sad` when it is time; returns whether there are more to look at now. */
  look(sad: Sad, now: Instant, tell: (event: BackendEvent) => void): boolean {
    if (this.#pass === null || sad !== this.#sad) {
      if (now < this.#nextPassAt) return false;
      this.#sad = sad;
      this.#pass = sad.all[Symbol.iterator]();
    }
    for (let looked = 0; looked < SLICE; looked++) {
      const { value: entry, done } = this.#pass.next();
      if (done === true) {
        this.#pass = null;
        this.#silent = false;
        this.#nextPassAt = now + PASS_MS;
        return false;
      }
      const state = entry.stateAt(now);
      if (state !== 'dying' && state !== 'dead') continue;
      if (this.#known.get(entry) === state) continue;
      this.#known.set(entry, state);
      if (this.#silent) continue;
      const limit = state === 'dead' ? 'hard' : 'soft';
      tell({ kind: 'sa-expired', limit, ...withoutKeys(entry.record(now)) });
    }
    return true;
  }
}
