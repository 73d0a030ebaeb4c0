/**
 * What changes would do, told as setkey statements: those that go and those that come.
 *
 * @module
 */
import { formatAdd, formatSpdadd } from '../../../config/setkey/statement-text.ts';
import type { Change } from '../../../ipsec/change.ts';
import { type Contents, policyKey, saKey } from '../../../ipsec/contents.ts';
import type { Conflict, Takeover } from '../../../ipsec/ownership.ts';
import type { Policy } from '../../../ipsec/policy.ts';
import type { SaParameters } from '../../../ipsec/sa-parameters.ts';
import { samePolicy } from '../../../ipsec/sameness.ts';

/** One SA or policy that changes. */
export interface Difference {
  readonly object: 'sa' | 'policy';
  /** `move`: a policy is put behind those of its priority. */
  readonly change: 'add' | 'remove' | 'replace' | 'move';
  /** As a statement without keys; `null` when there is none. */
  readonly before: string | null;
  readonly after: string | null;
  /** What the statements do not show, such as another key; `null` when they show all. */
  readonly note: string | null;
}

/** What `changes` do to what is there. Names are unique: a name that goes and comes is replaced. */
export function differencesOf({ changes, present }: Takeover): Difference[] {
  const there = indexed(present);
  const replaced = new Set<string>();
  for (const change of changes) {
    if (change.kind === 'add-sa' && there.sas.has(saKey(change.sa))) replaced.add(saKey(change.sa));
  }
  return changes.flatMap((change) => differenceOf(change, there, replaced) ?? []);
}

/** As the difference that it stands in the way of. */
export function differenceOfConflict(conflict: Conflict): Difference {
  return conflict.kind === 'sa'
    ? replacedSa(conflict.there, conflict.wanted)
    : replacedPolicy(conflict.there, conflict.wanted);
}

interface Indexed {
  readonly sas: ReadonlyMap<string, SaParameters>;
  readonly policies: ReadonlyMap<string, Policy>;
}

function indexed({ sas, policies }: Contents): Indexed {
  return {
    sas: new Map(sas.map((sa) => [saKey(sa), sa])),
    policies: new Map(policies.map((policy) => [policyKey(policy), policy])),
  };
}

function differenceOf(
  change: Change,
  there: Indexed,
  replaced: ReadonlySet<string>,
): Difference | null {
  switch (change.kind) {
    case 'add-sa': {
      const old = there.sas.get(saKey(change.sa));
      return old === undefined ? added('sa', textOfSa(change.sa)) : replacedSa(old, change.sa);
    }
    case 'delete-sa': {
      const old = there.sas.get(saKey(change.id));
      return old === undefined || replaced.has(saKey(old)) ? null : removed('sa', textOfSa(old));
    }
    case 'add-policy':
      return added('policy', formatSpdadd(change.policy));
    case 'update-policy': {
      const old = there.policies.get(policyKey(change.policy));
      if (old === undefined) return added('policy', formatSpdadd(change.policy));
      return replacedPolicy(old, change.policy);
    }
    case 'delete-policy': {
      const old = there.policies.get(policyKey(change.policy));
      return old === undefined ? null : removed('policy', formatSpdadd(old));
    }
    default:
      throw new Error(`Bug: no difference has ${change.kind}`);
  }
}

function textOfSa(sa: SaParameters): string {
  return formatAdd(sa, 'masked');
}

function added(object: Difference['object'], after: string): Difference {
  return { object, change: 'add', before: null, after, note: null };
}

function removed(object: Difference['object'], before: string): Difference {
  return { object, change: 'remove', before, after: null, note: null };
}

function replacedSa(old: SaParameters, next: SaParameters): Difference {
  const [before, after] = [textOfSa(old), textOfSa(next)];
  const note = noteOn(formatAdd(old, 'shown') !== formatAdd(next, 'shown'), before === after);
  return { object: 'sa', change: 'replace', before, after, note };
}

/** What two SAs differ in whose statements look the same. */
function noteOn(keysDiffer: boolean, looksTheSame: boolean): string | null {
  if (keysDiffer && looksTheSame) return 'another key';
  return looksTheSame ? 'differs in what the language has no words for' : null;
}

function replacedPolicy(old: Policy, next: Policy): Difference {
  const isMoved = samePolicy(old, next);
  return {
    object: 'policy',
    change: isMoved ? 'move' : 'replace',
    before: formatSpdadd(old),
    after: formatSpdadd(next),
    note: isMoved ? 'moved behind others of its priority' : null,
  };
}
