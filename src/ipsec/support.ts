/**
 * What our own IPsec stack can carry out so far. Whatever it cannot is refused when it is
 * committed, never half done later.
 *
 * @module
 */
import type { Change } from './change.ts';
import type { Policy } from './policy.ts';
import type { SaParameters } from './sa-parameters.ts';

/** Why `change` is beyond us, as a clause; `null` when it is not. */
export function whyUnsupported(change: Change): string | null {
  switch (change.kind) {
    case 'add-sa':
      return saBeyondUs(change.sa);
    case 'add-policy':
    case 'update-policy':
      return policyBeyondUs(change.policy);
    case 'delete-sa':
    case 'delete-sas-between':
    case 'flush-sas':
    case 'delete-policy':
    case 'flush-policies':
      return null;
  }
}

function saBeyondUs(sa: SaParameters): string | null {
  if (sa.mode === 'tunnel') return TUNNEL;
  return sa.destination.version === 6 ? IPV6 : null;
}

function policyBeyondUs({ action, selector }: Policy): string | null {
  if (selector.localAddress.address.version === 6) return IPV6;
  const tunnels =
    action.kind === 'protect' && action.templates.some((template) => template.mode === 'tunnel');
  return tunnels ? TUNNEL : null;
}

const TUNNEL = 'the userspace data plane does transport mode only, not tunnel mode';
const IPV6 = 'the userspace data plane does IPv4 only, not IPv6';
