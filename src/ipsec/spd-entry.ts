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
  readonly #addedAt: Instant;
  #usedAt: Instant | null = null;

  constructor(policy: Policy, index: number, now: Instant) {
    this.policy = policy;
    this.index = index;
    this.#addedAt = now;
  }

  /** Notes that a packet met the entry. */
  use(now: Instant): void {
    this.#usedAt = now;
  }

  record(): PolicyRecord {
    return {
      policy: this.policy,
      index: this.index,
      addedAt: this.#addedAt,
      usedAt: this.#usedAt,
    };
  }
}

/** Which of two entries is looked at first: negative when `a` is. Of one priority the older is. */
export function inPrecedence(a: SpdEntry, b: SpdEntry): number {
  return a.policy.priority - b.policy.priority || a.ordinal - b.ordinal;
}
