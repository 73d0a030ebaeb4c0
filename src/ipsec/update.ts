/**
 * What a commit made of SAD and SPD, for other threads that have copies of both: the same SAs and policies,
 * with what is counted of them in memory that all of them share.
 *
 * @module
 */
import type { Instant } from './backend.ts';
import type { Policy, PolicyId } from './policy.ts';
import type { SaId, SaParameters } from './sa-parameters.ts';

/** What went goes first, in any order; what came is in the order of age. */
export interface Update {
  /** Since when what came is there. */
  readonly madeAt: Instant;
  readonly removedSas: readonly SaId[];
  readonly addedSas: readonly SharedSa[];
  readonly removedPolicies: readonly PolicyId[];
  readonly addedPolicies: readonly SharedPolicy[];
}

export interface SharedSa {
  readonly parameters: SaParameters;
  /** See `shared-counts.ts`. */
  readonly counts: SharedArrayBuffer;
}

export interface SharedPolicy {
  readonly policy: Policy;
  readonly index: number;
  /** See `spd-entry.ts`. */
  readonly usedAt: SharedArrayBuffer;
}

/** Whether it changes nothing. */
export function isEmptyUpdate(update: Update): boolean {
  const { removedSas, addedSas, removedPolicies, addedPolicies } = update;
  return [removedSas, addedSas, removedPolicies, addedPolicies].every((each) => each.length === 0);
}
