/**
 * What our own IPsec stack does not carry out. It is refused when it is committed, never half done
 * later.
 *
 * @module
 */
import type { Change } from './change.ts';

/** Why `change` is beyond us, as a clause; `null` when it is not. */
export function whyUnsupported(change: Change): string | null {
  switch (change.kind) {
    case 'add-sa':
      return change.sa.securityContext === null ? null : SECURITY_CONTEXT;
    case 'add-policy':
    case 'update-policy':
      return change.policy.selector.securityContext === null ? null : SECURITY_CONTEXT;
    case 'delete-sa':
    case 'delete-sas-between':
    case 'flush-sas':
    case 'delete-policy':
    case 'flush-policies':
      return null;
  }
}

const SECURITY_CONTEXT = 'the userspace data plane knows nothing of security contexts';
