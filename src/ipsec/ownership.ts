/**
 * Making the databases what a file says, and leaving alone what others put there.
 *
 * Whoever applies files remembers the names that it brought. What it owns becomes what the file says,
 * or goes where the file says it no more. What others own stays; where it has a name that the file has,
 * too, it is left if it is the same in everything, and else a conflict, unless it is adopted.
 *
 * @module
 */
import type { Change } from './change.ts';
import {
  type Contents,
  type Names,
  namesOf,
  only,
  outcomeOf,
  policyKey,
  saKey,
  union,
  without,
} from './contents.ts';
import type { Policy } from './policy.ts';
import { reconcile } from './reconcile.ts';
import type { SaParameters } from './sa-parameters.ts';
import { samePolicy, sameSa } from './sameness.ts';

/** Something of others in the place of what the file says. */
export type Conflict =
  | { readonly kind: 'sa'; readonly there: SaParameters; readonly wanted: SaParameters }
  | { readonly kind: 'policy'; readonly there: Policy; readonly wanted: Policy };

export interface Takeover {
  readonly changes: readonly Change[];
  /** What is there before and after. */
  readonly present: Contents;
  readonly outcome: Contents;
  /** What is owned once the changes are made. */
  readonly owned: Names;
  /** What others own and is what the file says. */
  readonly left: Names;
  /** With any, nothing should be changed: `changes` are those without what is in conflict. */
  readonly conflicts: readonly Conflict[];
}

/**
 * How to make `wanted` of what is owned of `present`. With `adopt`, what has the names that `wanted` has
 * is owned from now on, whoever put it there. Where what is there is what is wanted, nothing changes,
 * and the order among policies of others is left alone.
 */
export function takeOver(
  present: Contents,
  owned: Names,
  wanted: Contents,
  adopt: boolean,
): Takeover {
  const mine = adopt ? union(owned, namesOf(wanted)) : owned;
  const others = only(without(present, mine), namesOf(wanted));
  const ours = without(wanted, others);
  const changes = reconcile(only(present, mine), ours);
  return {
    changes,
    present,
    outcome: outcomeOf(changes, present),
    owned: namesOf(ours),
    left: namesOf(others),
    conflicts: conflictsOf(others, wanted),
  };
}

/** What of `others` is not what `wanted` has under the same name. */
function conflictsOf(others: Contents, wanted: Contents): Conflict[] {
  const sas = new Map(wanted.sas.map((sa) => [saKey(sa), sa]));
  const policies = new Map(wanted.policies.map((policy) => [policyKey(policy), policy]));
  const conflicts: Conflict[] = [];
  for (const there of others.sas) {
    const same = sas.get(saKey(there));
    if (same && !sameSa(there, same)) conflicts.push({ kind: 'sa', there, wanted: same });
  }
  for (const there of others.policies) {
    const same = policies.get(policyKey(there));
    if (same && !samePolicy(there, same)) conflicts.push({ kind: 'policy', there, wanted: same });
  }
  return conflicts;
}
