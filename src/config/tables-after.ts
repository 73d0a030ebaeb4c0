/**
 * The SAs and policies that a file of changes leaves behind, for those who only want to know them.
 *
 * @module
 */
import type { Change } from '../ipsec/change.ts';
import type { Policy } from '../ipsec/policy.ts';
import { type SaParameters, sameSaId } from '../ipsec/sa-parameters.ts';
import { type Direction, type Selector, selectorKey } from '../ipsec/selector.ts';
import { sameAddress } from '../net/ip-address.ts';

export interface Tables {
  readonly sas: readonly SaParameters[];
  readonly policies: readonly Policy[];
}

/** What is there once `changes` were made to empty tables. */
export function tablesAfter(changes: Iterable<Change>): Tables {
  let sas: SaParameters[] = [];
  const policies = new Map<string, Policy>();
  for (const change of changes) {
    switch (change.kind) {
      case 'add-sa':
        sas.push(change.sa);
        break;
      case 'delete-sa':
        sas = sas.filter((sa) => !sameSaId(sa, change.id));
        break;
      case 'delete-sas-between': {
        const { source, destination, protocol } = change.pair;
        sas = sas.filter(
          (sa) =>
            !sameAddress(sa.source, source) ||
            !sameAddress(sa.destination, destination) ||
            (protocol !== null && sa.protocol !== protocol),
        );
        break;
      }
      case 'flush-sas':
        sas = sas.filter(
          ({ protocol }) => change.protocol !== null && protocol !== change.protocol,
        );
        break;
      case 'add-policy':
      case 'update-policy':
        policies.set(nameOf(change.policy), change.policy);
        break;
      case 'delete-policy':
        policies.delete(nameOf(change.policy));
        break;
      case 'flush-policies':
        policies.clear();
        break;
    }
  }
  return { sas, policies: [...policies.values()] };
}

function nameOf(policy: { readonly direction: Direction; readonly selector: Selector }): string {
  return `${policy.direction} ${selectorKey(policy.selector)}`;
}
