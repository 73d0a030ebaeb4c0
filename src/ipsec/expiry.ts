/**
 * Noticing that SAs have passed a limit of their lifetime, without looking at those that have not.
 *
 *   by time ──► deadlines ─┐
 *                          ├──► due ──► told, once for each limit ──► past the hard one: to be removed
 *   by use ───► used up ───┘
 *
 * @module
 */
import type { Instant } from './backend.ts';
import { Deadlines } from './deadlines.ts';
import { type BackendEvent, withoutKeys } from './events.ts';
import { LarvalSa } from './larval-sa.ts';
import type { Sad, SadEntry } from './sad.ts';

/** SAs looked at before packets have their turn: some hundred microseconds. */
const SLICE = 512;
/** Deadlines of SAs that are gone, beyond as many as there are SAs. */
const MOST_STALE = 1024;

type Tell = (event: BackendEvent) => void;

export class ExpiryWatch {
  readonly #sad: Sad;
  readonly #deadlines = new Deadlines<SadEntry>();
  readonly #usedUp = new Set<SadEntry>();
  readonly #noteUse = (entry: SadEntry): void => this.noteUsedUp(entry);
  /** What is known of SAs that are past a limit. */
  readonly #known = new WeakMap<SadEntry, 'dying' | 'dead'>();
  /** Those past the hard one that may still be there. */
  readonly #dead = new Set<SadEntry>();
  /** What had expired before anybody watched is no event. */
  #silent = true;

  constructor(sad: Sad) {
    this.#sad = sad;
  }

  /** Watches `entry`, which the SAD has. */
  add(entry: SadEntry, now: Instant): void {
    if (!(entry instanceof LarvalSa)) entry.onUsedUp = this.#noteUse;
    this.#schedule(entry, now);
    if (this.#deadlines.size > 2 * this.#sad.size + MOST_STALE) {
      this.#deadlines.keep((each) => this.#sad.has(each));
    }
  }

  /** Has `entry` be looked at: it has carried as much as one of its lifetimes says. */
  noteUsedUp(entry: SadEntry): void {
    this.#usedUp.add(entry);
  }

  /** Tells nobody of what expired until now, whenever {@link look} finds it. */
  hush(): void {
    this.#silent = true;
  }

  /** Tells of some SAs that expired; returns whether there are more to look at now. */
  look(now: Instant, tell: Tell): boolean {
    for (let looked = 0; looked < SLICE; looked++) {
      const entry = this.#due(now);
      if (entry === undefined) {
        this.#silent = false;
        return false;
      }
      this.#note(entry, now, this.#silent ? null : tell);
    }
    return true;
  }

  /** The SAs past their hard lifetime, which whoever asks removes. `tell` hears what was not told yet. */
  takeDead(now: Instant, tell: Tell | null): SadEntry[] {
    for (let entry = this.#due(now); entry !== undefined; entry = this.#due(now)) {
      this.#note(entry, now, this.#silent ? null : tell);
    }
    const dead: SadEntry[] = [];
    for (const entry of this.#dead) {
      if (!this.#sad.has(entry)) continue;
      if (entry.stateAt(now) === 'dead') dead.push(entry);
      // The clock was set back.
      else this.#schedule(entry, now);
    }
    this.#dead.clear();
    return dead;
  }

  /** The next SA that may have passed a limit. */
  #due(now: Instant): SadEntry | undefined {
    for (const entry of this.#usedUp) {
      this.#usedUp.delete(entry);
      return entry;
    }
    return this.#deadlines.next <= now ? this.#deadlines.take() : undefined;
  }

  #note(entry: SadEntry, now: Instant, tell: Tell | null): void {
    if (!this.#sad.has(entry)) return;
    const state = entry.stateAt(now);
    if (state === 'dead') this.#dead.add(entry);
    else this.#schedule(entry, now);
    if (state !== 'dying' && state !== 'dead') return;
    if (this.#known.get(entry) === state) return;
    this.#known.set(entry, state);
    const limit = state === 'dead' ? 'hard' : 'soft';
    tell?.({ kind: 'sa-expired', limit, ...withoutKeys(entry.record(now)) });
  }

  #schedule(entry: SadEntry, now: Instant): void {
    const deadline = entry.deadlineAfter(now);
    if (deadline !== null) this.#deadlines.add(entry, deadline);
  }
}
