/**
 * Main mode, the Identity Protection exchange of ISAKMP (RFC 2409 §5).
 *
 *     initiator                        responder
 *     HDR, SA                     ──►
 *                                 ◄──  HDR, SA
 *     HDR, KE, Ni, NAT-D          ──►
 *                                 ◄──  HDR, KE, Nr, [CR,] NAT-D
 *     HDR*, IDii, proof [, CR]    ──►
 *                                 ◄──  HDR*, IDir, proof
 *
 * A proof is HASH, or SIG with the certificates for it. Vendor IDs come with the SA payloads.
 *
 * @module
 */
import type { PayloadBody } from '../../../wire/ikev1/payload-chain.ts';
import { IKEV1_PAYLOAD } from '../../../wire/ikev1/payload-type.ts';
import type { Peer } from '../../peer.ts';
import { preSharedKeyNames } from '../identification.ts';
import type { NatSituation } from '../nat-traversal.ts';
import type { Grammar, Payloads } from '../payloads.ts';
import { answeredVendorIds, offeredVendorIds } from '../vendor-ids.ts';
import { acceptAnswer, answerOffer, type Offer, offerFor } from './agreement.ts';
import { certificateRequests, ownProof, proofHash, verifyKeyedProof } from './authentication.ts';
import { derivePhase1Keys, halfOf, halfPayloads, newHalf } from './keys.ts';
import { natDetectionFor, natFound } from './nat.ts';
import type {
  Agreement,
  OutgoingMessage,
  OwnHalf,
  Phase1Context,
  Phase1Keys,
  Phase1Refusal,
  Phase1Result,
  Phase1Step,
} from './negotiation.ts';
import { identityIn, ownIdentification, recognise } from './recognition.ts';
import { refusedMessage } from './refusal.ts';

export type MainModeState =
  /** Sent SA. */
  | { readonly step: 'main-offered'; readonly keys: null; readonly offer: Offer }
  /** Sent SA as an answer. */
  | {
      readonly step: 'main-answered';
      readonly keys: null;
      readonly agreement: Agreement;
    }
  /** Sent KE and Ni. */
  | {
      readonly step: 'main-contributed';
      readonly keys: null;
      readonly agreement: Agreement;
      readonly own: OwnHalf;
    }
  /** Sent KE and Nr. */
  | {
      readonly step: 'main-keyed';
      readonly keys: Phase1Keys;
      readonly agreement: Agreement;
      readonly nat: NatSituation;
    }
  /** Sent IDii and a proof. */
  | {
      readonly step: 'main-identified';
      readonly keys: Phase1Keys;
      readonly agreement: Agreement;
      readonly nat: NatSituation;
    };

type Step = Phase1Step<MainModeState>;

/** The first message. */
export function beginMainMode(peer: Peer): Step {
  const offer = offerFor(peer);
  const payloads = [offer.payload, ...offeredVendorIds(peer)];
  return wait({ step: 'main-offered', keys: null, offer }, payloads);
}

/** The answer to the first message. */
export function answerMainMode(context: Phase1Context, payloads: Payloads): Step {
  const against = payloads.against(SA_MESSAGE);
  if (against !== null) return refusedMessage(against);
  const answered = answerOffer(context, 'main', payloads, null);
  if (answered.kind === 'failed') return answered;
  const { agreement } = answered;
  const { peer, capabilities } = agreement;
  return wait({ step: 'main-answered', keys: null, agreement }, [
    answered.payload,
    ...answeredVendorIds(peer, capabilities),
  ]);
}

/** What comes of the next message. */
export function continueMainMode(
  context: Phase1Context,
  state: MainModeState,
  payloads: Payloads,
): Step {
  const against = payloads.against(GRAMMARS[state.step]);
  if (against !== null) return refusedMessage(against);
  switch (state.step) {
    case 'main-offered':
      return contribute(context, state.offer, payloads);
    case 'main-answered':
      return contributeToo(context, state, payloads);
    case 'main-contributed':
      return identify(context, state, payloads);
    case 'main-keyed':
      return identifyToo(context, state, payloads);
    case 'main-identified':
      return conclude(context, state, payloads);
  }
}

/** SA came: KE, Ni. */
function contribute(context: Phase1Context, offer: Offer, payloads: Payloads): Step {
  const agreement = acceptAnswer(offer, payloads);
  if ('kind' in agreement) return agreement;
  const { peer, transform } = agreement;
  const own = newHalf(context.environment, transform.group, peer.nonceLength);
  return wait({ step: 'main-contributed', keys: null, agreement, own }, [
    ...halfPayloads(own),
    ...natDetectionFor(context, agreement),
  ]);
}

/** KE and Ni came: KE, Nr. */
function contributeToo(
  context: Phase1Context,
  { agreement }: StateOf<'main-answered'>,
  payloads: Payloads,
): Step {
  const { peer, transform } = agreement;
  const own = newHalf(context.environment, transform.group, peer.nonceLength);
  const send = [...halfPayloads(own), ...natDetectionFor(context, agreement)];
  const requests = certificateRequests(context, agreement);
  if ('kind' in requests) return requests;
  const keys = keysOf(context, agreement, own, payloads);
  own.privateValue.zeroise();
  if ('kind' in keys) return keys;
  const nat = natFound(context, agreement, payloads);
  return wait({ step: 'main-keyed', keys, agreement, nat }, [...send, ...requests]);
}

/** KE and Nr came: IDii, and our proof. */
function identify(
  context: Phase1Context,
  { agreement, own }: StateOf<'main-contributed'>,
  payloads: Payloads,
): Step {
  const keys = keysOf(context, agreement, own, payloads);
  if ('kind' in keys) return keys;
  const nat = natFound(context, agreement, payloads);
  const proven = identityAndProof(context, agreement, keys);
  if ('kind' in proven) return proven;
  // As racoon has it: here nobody else reads whom we trust.
  const requests = certificateRequests(context, agreement);
  if ('kind' in requests) return requests;
  const send = { ...proven, payloads: [...proven.payloads, ...requests] };
  return { kind: 'wait', state: { step: 'main-identified', keys, agreement, nat }, send };
}

/** IDii and the initiator's proof came: IDir, and ours. */
function identifyToo(
  context: Phase1Context,
  state: StateOf<'main-keyed'>,
  payloads: Payloads,
): Step {
  const result = peerIdentified(context, state, payloads);
  if ('kind' in result) return result;
  const send = identityAndProof(context, result.agreement, result.keys);
  return 'kind' in send ? send : { kind: 'established', result, send };
}

/** IDir and the responder's proof came. */
function conclude(
  context: Phase1Context,
  state: StateOf<'main-identified'>,
  payloads: Payloads,
): Step {
  const result = peerIdentified(context, state, payloads);
  return 'kind' in result ? result : { kind: 'established', result, send: null };
}

/** The peer's ID and proof came: who it is. */
function peerIdentified(
  context: Phase1Context,
  { keys, agreement: preliminary, nat }: StateOf<'main-keyed' | 'main-identified'>,
  payloads: Payloads,
): Phase1Result | Phase1Refusal {
  const recognised = recognise(context, 'main', preliminary, identityIn(payloads), payloads);
  if (recognised.kind === 'failed') return recognised;
  const authenticated = verifyKeyedProof(context, recognised, keys, payloads);
  if ('kind' in authenticated) return authenticated;
  return { agreement: recognised.agreement, authenticated, keys, nat };
}

/** ID and HASH, or ID, CERT and SIG. */
function identityAndProof(
  context: Phase1Context,
  agreement: Agreement,
  keys: Phase1Keys,
): OutgoingMessage | Phase1Refusal {
  const ID = ownIdentification(context, agreement.peer);
  if ('kind' in ID) return ID;
  const proof = ownProof(context, agreement, proofHash(context.role, keys, ID));
  if ('kind' in proof) return proof;
  return { payloads: [{ type: IKEV1_PAYLOAD.ID, body: ID }, ...proof], enciphered: true };
}

/** In main mode nobody has said yet who he is: the keys are those of the address (RFC 2409 §5.4). */
function keysOf(
  context: Phase1Context,
  agreement: Agreement,
  own: OwnHalf,
  payloads: Payloads,
): Phase1Keys | Phase1Refusal {
  const names = preSharedKeyNames(null, context.path);
  return derivePhase1Keys(context, agreement, own, halfOf(payloads), names);
}

function wait(state: MainModeState, payloads: readonly PayloadBody[]): Step {
  return { kind: 'wait', state, send: { payloads, enciphered: false } };
}

type StateOf<S extends MainModeState['step']> = Extract<MainModeState, { readonly step: S }>;

const SA_MESSAGE: Grammar = { required: ['security-association'], optional: [] };
const KE_MESSAGE: Grammar = { required: ['key-exchange', 'nonce'], optional: [] };
const ID_MESSAGE: Grammar = { required: ['identification'], optional: ['hash', 'signature'] };
/** What may come in each state. */
const GRAMMARS: Readonly<Record<MainModeState['step'], Grammar>> = {
  'main-offered': SA_MESSAGE,
  'main-answered': KE_MESSAGE,
  'main-contributed': KE_MESSAGE,
  'main-keyed': ID_MESSAGE,
  'main-identified': ID_MESSAGE,
};
