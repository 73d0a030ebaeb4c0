/**
 * The way back from changes that may turn out to be a mistake: what to remember before they are made,
 * and what to do with it.
 *
 * @module
 */
import type { Change } from './change.ts';
import { type Contents, type Names, only, policyKey, union, without } from './contents.ts';
import { reconcile } from './reconcile.ts';
import type { SaId } from './sa-parameters.ts';

/** What was there before changes. */
export interface WayBack {
  /** What the changes were about. */
  readonly touched: Names;
  /** What was there of it, and the policies among which its order counts; oldest first. */
  readonly before: Contents;
}

/**
 * What to remember of `present` before `changes`, made by who owns `owned`. Of SAs that are not touched
 * there is nothing in it, and no key.
 */
export function wayBackFrom(changes: readonly Change[], present: Contents, owned: Names): WayBack {
  const touched = touchedBy(changes);
  const policies = union(touched, { sas: [], policies: owned.policies });
  return { touched, before: only(present, policies) };
}

/**
 * Changes that put back what was there before, of what was touched, whatever became of it since. All
 * else stays as it is in `present`.
 */
export function changesBack(present: Contents, { touched, before }: WayBack): Change[] {
  const mine = union(touched, { sas: [], policies: before.policies });
  const now = only(present, mine);
  const untouched = without(now, touched);
  const still = new Map(untouched.policies.map((policy) => [policyKey(policy), policy]));
  const wasTouched = new Set(touched.policies.map(policyKey));
  const policies = before.policies.flatMap((policy) => {
    const key = policyKey(policy);
    return wasTouched.has(key) ? policy : (still.get(key) ?? []);
  });
  return reconcile(now, { sas: before.sas, policies });
}

function touchedBy(changes: readonly Change[]): Names {
  const names = changes.map((change): Names => {
    switch (change.kind) {
      case 'add-sa':
        return { sas: [idOf(change.sa)], policies: [] };
      case 'delete-sa':
        return { sas: [idOf(change.id)], policies: [] };
      case 'add-policy':
      case 'update-policy':
      case 'delete-policy': {
        const { direction, selector } = change.policy;
        return { sas: [], policies: [{ direction, selector }] };
      }
      default:
        throw new Error(`Bug: no difference has ${change.kind}`);
    }
  });
  return union(
    { sas: names.flatMap(({ sas }) => sas), policies: names.flatMap(({ policies }) => policies) },
    { sas: [], policies: [] },
  );
}

function idOf({ destination, protocol, spi }: SaId): SaId {
  return { destination, protocol, spi };
}
