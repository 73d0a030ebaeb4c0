/**
 * The SA payloads and vendor IDs of phase 1's first two messages: what is offered, what is chosen, and
 * what both ends then know of each other.
 *
 * @module
 */
import type { Identification } from '../../../wire/ikev1/identification.ts';
import { NOTIFY } from '../../../wire/ikev1/notification.ts';
import type { PayloadBody } from '../../../wire/ikev1/payload-chain.ts';
import { IKEV1_PAYLOAD } from '../../../wire/ikev1/payload-type.ts';
import { emitSecurityAssociation } from '../../../wire/ikev1/security-association.ts';
import type { ExchangeMode, Peer } from '../../peer.ts';
import type { Payloads } from '../payloads.ts';
import { agreedCapabilities, capabilitiesOf } from '../vendor-ids.ts';
import type { Agreement, Phase1Context, Phase1Refusal } from './negotiation.ts';
import { acceptTransform, phase1Offer } from './proposal.ts';
import { refusedPeer } from './refusal.ts';
import { type Approach, selectPeer } from './select-peer.ts';

/** What an initiator has offered. */
export interface Offer {
  readonly peer: Peer;
  readonly payload: PayloadBody;
}

/** What a responder has chosen, and its SA payload. */
export interface Answered {
  readonly kind: 'answered';
  readonly agreement: Agreement;
  readonly payload: PayloadBody;
}

/** All that `peer` is offered. */
export function offerFor(peer: Peer): Offer {
  const body = emitSecurityAssociation(phase1Offer(peer.transforms));
  return { peer, payload: { type: IKEV1_PAYLOAD.SA, body } };
}

/** What the responder's SA payload and vendor IDs come to. */
export function acceptAnswer(
  { peer, payload }: Offer,
  payloads: Payloads,
): Agreement | Phase1Refusal {
  const chosen = acceptTransform(payloads.the('security-association'), peer.transforms);
  if (chosen.kind !== 'agreed') {
    return { kind: 'failed', failure: chosen, notify: NOTIFY.NO_PROPOSAL_CHOSEN };
  }
  const { transform, answer } = chosen;
  const capabilities = capabilitiesFor(peer, payloads);
  return { peer, transform, answer, SAi: payload.body, capabilities };
}

/**
 * The choice for whoever of the configuration it is that has sent `payloads`; `identity` is what it calls
 * itself, where that is known.
 */
export function answerOffer(
  { environment, path }: Phase1Context,
  mode: ExchangeMode,
  payloads: Payloads,
  identity: Identification | null,
): Answered | Phase1Refusal {
  const approach: Approach = {
    path,
    mode,
    offered: payloads.the('security-association'),
    identity,
    certificateRequests: payloads.every('certificate-request'),
  };
  const { configuration, credentials } = environment;
  const selected = selectPeer(configuration.peers, approach, credentials);
  if (selected.kind !== 'selected') return refusedPeer(selected);
  const { peer, agreement } = selected;
  const { transform, answer } = agreement;
  const SAi = payloads.bodyOf('security-association');
  const capabilities = capabilitiesFor(peer, payloads);
  return {
    kind: 'answered',
    agreement: { peer, transform, answer, SAi, capabilities },
    payload: { type: IKEV1_PAYLOAD.SA, body: emitSecurityAssociation(answer) },
  };
}

function capabilitiesFor(peer: Peer, payloads: Payloads) {
  return agreedCapabilities(peer, capabilitiesOf(payloads.every('vendor-id')));
}
