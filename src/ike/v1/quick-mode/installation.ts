/**
 * The changes that put what was negotiated in force.
 *
 * @module
 */
import type { Change } from '../../../ipsec/change.ts';
import type { Policy } from '../../../ipsec/policy.ts';
import type { SaParameters } from '../../../ipsec/sa-parameters.ts';

/** Adds `sas`, in their order. */
export function additions(sas: readonly SaParameters[]): readonly Change[] {
  return sas.map((sa) => ({ kind: 'add-sa', sa }));
}

/** Adds `policies`: before the SAs that serve them, so that nothing goes in the clear meanwhile. */
export function policyAdditions(policies: readonly Policy[]): readonly Change[] {
  return policies.map((policy) => ({ kind: 'update-policy', policy }));
}

/** Takes back what `changes` have put in force, the last first. */
export function undone(changes: readonly Change[]): readonly Change[] {
  return changes.toReversed().flatMap((change): readonly Change[] => {
    switch (change.kind) {
      case 'add-sa':
        return [{ kind: 'delete-sa', id: change.sa }];
      case 'update-policy':
        return [{ kind: 'delete-policy', policy: change.policy }];
      default:
        return [];
    }
  });
}
