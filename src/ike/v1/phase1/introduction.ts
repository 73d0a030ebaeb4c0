/**
 * The first message of each end where it tells an identity at once: in aggressive and in base mode.
 *
 * @module
 */
import type { PayloadBody } from '../../../wire/ikev1/payload-chain.ts';
import type { ExchangeMode } from '../../peer.ts';
import type { Payloads } from '../payloads.ts';
import { acceptAnswer, answerOffer, type Offer } from './agreement.ts';
import { certificateRequests } from './authentication.ts';
import type { Phase1Context, Phase1Refusal, Recognised } from './negotiation.ts';
import { identityIn, ownIdentification, recognise } from './recognition.ts';

/** Who the initiator says it is, and the beginning of our answer. */
export interface Introduced {
  readonly kind: 'introduced';
  readonly recognised: Recognised;
  /** Our SA payload. */
  readonly payload: PayloadBody;
  /** The body of our ID payload. */
  readonly ID: Uint8Array;
  /** CR payloads. */
  readonly requests: readonly PayloadBody[];
}

/** What the initiator's SA and ID payloads come to. */
export function answerIntroduction(
  context: Phase1Context,
  mode: ExchangeMode,
  payloads: Payloads,
): Introduced | Phase1Refusal {
  const identity = identityIn(payloads);
  const answered = answerOffer(context, mode, payloads, identity.identification);
  if (answered.kind === 'failed') return answered;
  const recognised = recognise(context, mode, answered.agreement, identity, payloads);
  if (recognised.kind === 'failed') return recognised;
  const { agreement } = recognised;
  const ID = ownIdentification(context, agreement.peer);
  if ('kind' in ID) return ID;
  const requests = certificateRequests(context, agreement);
  if ('kind' in requests) return requests;
  return { kind: 'introduced', recognised, payload: answered.payload, ID, requests };
}

/** What the responder's SA and ID payloads come to, who was offered `offer`. */
export function acceptIntroduction(
  context: Phase1Context,
  mode: ExchangeMode,
  offer: Offer,
  payloads: Payloads,
): Recognised | Phase1Refusal {
  const accepted = acceptAnswer(offer, payloads);
  if ('kind' in accepted) return accepted;
  return recognise(context, mode, accepted, identityIn(payloads), payloads);
}
