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
  if (sa.protocol === 'ipcomp') return IPCOMP;
  if (sa.encapsulation !== null) return UDP_ENCAPSULATION;
  if (sa.extendedSequenceNumbers) return EXTENDED_SEQUENCE_NUMBERS;
  if (sa.securityContext !== null) return SECURITY_CONTEXT;
  if (sa.mode === 'tunnel') return TUNNEL;
  return sa.destination.version === 6 ? IPV6 : null;
}

function policyBeyondUs({ action, selector }: Policy): string | null {
  if (selector.localAddress.address.version === 6) return IPV6;
  if (selector.message !== null) return MESSAGES;
  if (selector.greKey !== null) return GRE_KEYS;
  if (selector.securityContext !== null) return SECURITY_CONTEXT;
  const templates = action.kind === 'protect' ? action.templates : [];
  if (templates.some(({ protocol }) => protocol === 'ipcomp')) return IPCOMP;
  return templates.some(({ mode }) => mode === 'tunnel') ? TUNNEL : null;
}

const TUNNEL = 'the userspace data plane does transport mode only, not tunnel mode';
const IPV6 = 'the userspace data plane does IPv4 only, not IPv6';
const IPCOMP = 'the userspace data plane does ESP and AH, not IPComp';
const UDP_ENCAPSULATION = 'the userspace data plane does no UDP encapsulation';
const EXTENDED_SEQUENCE_NUMBERS = 'the userspace data plane has sequence numbers of 32 bits only';
const SECURITY_CONTEXT = 'the userspace data plane knows nothing of security contexts';
const MESSAGES = 'the userspace data plane does not tell ICMP messages apart';
const GRE_KEYS = 'the userspace data plane does not look at the keys of GRE';
