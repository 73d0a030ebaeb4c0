/**
 * One entry of the SPD at work: the policy, and what became of it.
 *
 * @module
 */
import type { Instant, PolicyRecord } from './backend.ts';
import type { Policy } from './policy.ts';

/** An entry with what the SPD itself knows of it. */
export class SpdEntry {
  readonly policy: Policy;
  readonly index: number;
  /** Greater than that of every entry added before it; the SPD that holds the entry sets it. */
  ordinal = 0;
  /** Where entries of other threads for the same policy note their use, too; `null` where there are none. */
  readonly sharedUsedAt: SharedArrayBuffer | null;
  readonly #addedAt: Instant;
  #usedAt: Instant | null = null;
  /** {@link sharedUsedAt} as an instant; not a number before the first use. */
  readonly #shared: Float64Array | null;

  /** `sharedUsedAt` is what {@link newSharedUsedAt} made. */
  constructor(
    policy: Policy,
    index: number,
    now: Instant,
    sharedUsedAt: SharedArrayBuffer | null = null,
  ) {
    this.policy = policy;
    this.index = index;
    this.sharedUsedAt = sharedUsedAt;
    this.#addedAt = now;
    this.#shared = sharedUsedAt && new Float64Array(sharedUsedAt);
  }

  /** Notes that a packet met the entry. */
  use(now: Instant): void {
    if (this.#shared === null) this.#usedAt = now;
    else this.#shared[0] = now;
  }

  get #lastUse(): Instant | null {
    const shared = this.#shared?.[0] ?? Number.NaN;
    return Number.isNaN(shared) ? this.#usedAt : shared;
  }

  record(): PolicyRecord {
    return {
      policy: this.policy,
      index: this.index,
      addedAt: this.#addedAt,
      usedAt: this.#lastUse,
    };
  }
}

/** Memory that entries of several threads for one policy, not used yet, have in common. */
export function newSharedUsedAt(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT);
  new Float64Array(memory).fill(Number.NaN);
  return memory;
}

/** Which of two entries is looked at first: negative when `a` is. Of one priority the older is. */
export function inPrecedence(a: SpdEntry, b: SpdEntry): number {
  return a.policy.priority - b.policy.priority || a.ordinal - b.ordinal;
}
