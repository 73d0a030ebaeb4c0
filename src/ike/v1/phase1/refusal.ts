/**
 * Why phase 1 comes to nothing, and what the peer is told of it.
 *
 * @module
 */
import { NOTIFY } from '../../../wire/ikev1/notification.ts';
import type { CredentialFault } from '../../credential-fault.ts';
import type { Phase1Refusal } from './negotiation.ts';
import type { PeerRefusal } from './select-peer.ts';

/** Nobody of the configuration is that peer; who is nobody at all is not told so. */
export function refusedPeer(failure: PeerRefusal): Phase1Refusal {
  return { kind: 'failed', failure, notify: NOTIFIED[failure.kind] };
}

/** A message that is not as the mode has it. */
export function refusedMessage(reason: string): Phase1Refusal {
  return {
    kind: 'failed',
    failure: { kind: 'protocol', reason },
    notify: NOTIFY.PAYLOAD_MALFORMED,
  };
}

/** We cannot prove who we are, or the peer cannot. */
export function refusedCredentials(fault: CredentialFault): Phase1Refusal {
  return {
    kind: 'failed',
    failure: { kind: 'credentials', fault },
    notify: NOTIFY.AUTHENTICATION_FAILED,
  };
}

const NOTIFIED: Readonly<Record<PeerRefusal['kind'], number | null>> = {
  'no-peer': null,
  'phase1-proposal': NOTIFY.NO_PROPOSAL_CHOSEN,
  identity: NOTIFY.INVALID_ID_INFORMATION,
};
