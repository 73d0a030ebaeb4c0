/**
 * Aggressive mode (RFC 2409 §5): three messages, and identities for all to see. With a pre-shared key,
 * whoever reads them can try keys until one fits.
 *
 *     initiator                              responder
 *     HDR, SA, KE, Ni, IDii [, CR]      ──►
 *                                       ◄──  HDR, SA, KE, Nr, IDir, [CR,] proof, NAT-D
 *     HDR, proof, NAT-D                 ──►
 *
 * The third message may be enciphered or not (§5.4). Ours is: to Libreswan, whose IVs of phase 2 are others
 * after one in the clear, as racoon's is. Either is taken.
 *
 * @module
 */
import { IKEV1_PAYLOAD } from '../../../wire/ikev1/payload-type.ts';
import type { Peer } from '../../peer.ts';
import type { Grammar, Payloads } from '../payloads.ts';
import { answeredVendorIds, offeredVendorIds } from '../vendor-ids.ts';
import { type Offer, offerFor } from './agreement.ts';
import { certificateRequests, ownProof, proofHash, verifyKeyedProof } from './authentication.ts';
import { acceptIntroduction, answerIntroduction } from './introduction.ts';
import { derivePhase1Keys, halfOf, halfPayloads, newHalf } from './keys.ts';
import { natDetectionFor, natFound } from './nat.ts';
import type { OwnHalf, Phase1Context, Phase1Keys, Phase1Step, Recognised } from './negotiation.ts';
import { keyNames, ownIdentification } from './recognition.ts';
import { refusedMessage } from './refusal.ts';

export type AggressiveModeState =
  /** Sent SA, KE, Ni, IDii. */
  | {
      readonly step: 'aggressive-offered';
      readonly keys: null;
      readonly offer: Offer;
      readonly own: OwnHalf;
      /** The body of our ID payload. */
      readonly ID: Uint8Array;
    }
  /** Sent all of the responder's. */
  | {
      readonly step: 'aggressive-answered';
      readonly keys: Phase1Keys;
      readonly recognised: Recognised;
    };

type Step = Phase1Step<AggressiveModeState>;

/** The first message. */
export function beginAggressiveMode(context: Phase1Context, peer: Peer): Step {
  const offer = offerFor(peer);
  const [transform] = peer.transforms;
  if (transform === undefined) throw new Error('Bug: a peer without transforms');
  const ID = ownIdentification(context, peer);
  if ('kind' in ID) return ID;
  const requests = certificateRequests(context, { peer, transform });
  if ('kind' in requests) return requests;
  // All transforms are of one group, since the public value is (RFC 2409 §5).
  const own = newHalf(context.environment, transform.group, peer.nonceLength);
  const payloads = [
    offer.payload,
    ...halfPayloads(own),
    { type: IKEV1_PAYLOAD.ID, body: ID },
    ...requests,
    ...offeredVendorIds(peer),
  ];
  const state = { step: 'aggressive-offered', keys: null, offer, own, ID } as const;
  return { kind: 'wait', state, send: { payloads, enciphered: false } };
}

/** The answer to the first message. */
export function answerAggressiveMode(context: Phase1Context, payloads: Payloads): Step {
  const against = payloads.against(FIRST_MESSAGE);
  if (against !== null) return refusedMessage(against);
  const introduced = answerIntroduction(context, 'aggressive', payloads);
  if (introduced.kind === 'failed') return introduced;
  const { recognised, payload, ID, requests } = introduced;
  const { agreement, identity } = recognised;
  const { peer, transform, capabilities } = agreement;
  const own = newHalf(context.environment, transform.group, peer.nonceLength);
  const send = [payload, ...halfPayloads(own), { type: IKEV1_PAYLOAD.ID, body: ID }, ...requests];
  const names = keyNames(context, identity);
  const keys = derivePhase1Keys(context, agreement, own, halfOf(payloads), names);
  own.privateValue.zeroise();
  if ('kind' in keys) return keys;
  const proof = ownProof(context, agreement, proofHash(context.role, keys, ID));
  if ('kind' in proof) return proof;
  return {
    kind: 'wait',
    state: { step: 'aggressive-answered', keys, recognised },
    send: {
      payloads: [
        ...send,
        ...proof,
        ...natDetectionFor(context, agreement),
        ...answeredVendorIds(peer, capabilities),
      ],
      enciphered: false,
    },
  };
}

/** What comes of the next message. */
export function continueAggressiveMode(
  context: Phase1Context,
  state: AggressiveModeState,
  payloads: Payloads,
): Step {
  const against = payloads.against(GRAMMARS[state.step]);
  if (against !== null) return refusedMessage(against);
  switch (state.step) {
    case 'aggressive-offered':
      return prove(context, state, payloads);
    case 'aggressive-answered':
      return conclude(context, state, payloads);
  }
}

/** All of the responder's came: our proof. */
function prove(
  context: Phase1Context,
  { offer, own, ID }: StateOf<'aggressive-offered'>,
  payloads: Payloads,
): Step {
  const recognised = acceptIntroduction(context, 'aggressive', offer, payloads);
  if (recognised.kind === 'failed') return recognised;
  const { agreement, identity } = recognised;
  const names = keyNames(context, identity);
  const keys = derivePhase1Keys(context, agreement, own, halfOf(payloads), names);
  if ('kind' in keys) return keys;
  const authenticated = verifyKeyedProof(context, recognised, keys, payloads);
  if ('kind' in authenticated) return authenticated;
  const proof = ownProof(context, agreement, proofHash(context.role, keys, ID));
  if ('kind' in proof) return proof;
  const nat = natFound(context, agreement, payloads);
  return {
    kind: 'established',
    result: { agreement, keys, nat, authenticated },
    send: { payloads: [...proof, ...natDetectionFor(context, agreement)], enciphered: true },
  };
}

/** The initiator's proof came. */
function conclude(
  context: Phase1Context,
  { keys, recognised }: StateOf<'aggressive-answered'>,
  payloads: Payloads,
): Step {
  const authenticated = verifyKeyedProof(context, recognised, keys, payloads);
  if ('kind' in authenticated) return authenticated;
  const { agreement } = recognised;
  const nat = natFound(context, agreement, payloads);
  return { kind: 'established', result: { agreement, keys, nat, authenticated }, send: null };
}

type StateOf<S extends AggressiveModeState['step']> = Extract<
  AggressiveModeState,
  { readonly step: S }
>;

const FIRST_MESSAGE: Grammar = {
  required: ['security-association', 'key-exchange', 'nonce', 'identification'],
  optional: [],
};
/** What may come in each state. */
const GRAMMARS: Readonly<Record<AggressiveModeState['step'], Grammar>> = {
  'aggressive-offered': {
    required: ['security-association', 'key-exchange', 'nonce', 'identification'],
    optional: ['hash', 'signature'],
  },
  'aggressive-answered': { required: [], optional: ['hash', 'signature'] },
};
