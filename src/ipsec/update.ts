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

/**
 * `update` in parts that have at most `most` of each kind, to be put together again by {@link joined}; none
 * when it changes nothing.
 */
export function partsOf(update: Update, most: number): Update[] {
  const { madeAt, removedSas, addedSas, removedPolicies, addedPolicies } = update;
  const longest = Math.max(
    ...[removedSas, addedSas, removedPolicies, addedPolicies].map(({ length }) => length),
  );
  return Array.from({ length: Math.ceil(longest / most) }, (_, k) => {
    const some = <T>(list: readonly T[]) => list.slice(k * most, (k + 1) * most);
    return {
      madeAt,
      removedSas: some(removedSas),
      addedSas: some(addedSas),
      removedPolicies: some(removedPolicies),
      addedPolicies: some(addedPolicies),
    };
  });
}

/** The update of which these are all parts, in their order. */
export function joined(parts: readonly Update[]): Update {
  return {
    madeAt: parts[0]?.madeAt ?? 0,
    removedSas: parts.flatMap(({ removedSas }) => removedSas),
    addedSas: parts.flatMap(({ addedSas }) => addedSas),
    removedPolicies: parts.flatMap(({ removedPolicies }) => removedPolicies),
    addedPolicies: parts.flatMap(({ addedPolicies }) => addedPolicies),
  };
}
