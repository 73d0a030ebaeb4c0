/**
 * Base mode (draft-ietf-ipsec-ike-base-mode): four messages; nobody computes public values before
 * having had an answer.
 *
 *     initiator                          responder
 *     HDR, SA, IDii, Ni             ──►
 *                                   ◄──  HDR, SA, IDir, Nr [, CR]
 *     HDR, KE, proof [, CR], NAT-D  ──►
 *                                   ◄──  HDR, KE, proof, NAT-D
 *
 * @module
 */
import { IKEV1_PAYLOAD } from '../../../wire/ikev1/payload-type.ts';
import { needsPreSharedKey, type Peer } from '../../peer.ts';
import { baseModeHashI, baseModeSignatureKey, baseModeSignedHashR } from '../hash.ts';
import type { Grammar, Payloads } from '../payloads.ts';
import { answeredVendorIds, offeredVendorIds } from '../vendor-ids.ts';
import { type Offer, offerFor } from './agreement.ts';
import { certificateRequests, ownProof, proofHash, verifyProof } from './authentication.ts';
import { acceptIntroduction, answerIntroduction } from './introduction.ts';
import { derivePhase1Keys, newHalf, preSharedSkeyid } from './keys.ts';
import { natDetectionFor, natFound } from './nat.ts';
import type {
  Agreement,
  OwnHalf,
  Phase1Context,
  Phase1Keys,
  Phase1Refusal,
  Phase1Step,
  Recognised,
} from './negotiation.ts';
import { keyNames, ownIdentification } from './recognition.ts';
import { refusedMessage } from './refusal.ts';

/** What both ends have said of themselves: bodies of ID and NONCE payloads. */
interface Introductions {
  readonly IDii: Uint8Array;
  readonly Ni: Uint8Array;
  readonly Nr: Uint8Array;
}

export type BaseModeState =
  /** Sent SA, IDii, Ni. */
  | {
      readonly step: 'base-offered';
      readonly keys: null;
      readonly offer: Offer;
      readonly IDii: Uint8Array;
      readonly Ni: Uint8Array;
    }
  /** Sent SA, IDir, Nr. */
  | {
      readonly step: 'base-answered';
      readonly keys: null;
      readonly recognised: Recognised;
      readonly IDir: Uint8Array;
      readonly said: Introductions;
    }
  /** Sent KE and a proof. */
  | {
      readonly step: 'base-proved';
      readonly keys: null;
      readonly recognised: Recognised;
      readonly own: OwnHalf;
      readonly said: Introductions;
    };

type Step = Phase1Step<BaseModeState>;

/** The first message. */
export function beginBaseMode(context: Phase1Context, peer: Peer): Step {
  const offer = offerFor(peer);
  const IDii = ownIdentification(context, peer);
  if ('kind' in IDii) return IDii;
  const Ni = context.environment.random(peer.nonceLength);
  const payloads = [
    offer.payload,
    { type: IKEV1_PAYLOAD.ID, body: IDii },
    { type: IKEV1_PAYLOAD.NONCE, body: Ni },
    ...offeredVendorIds(peer),
  ];
  const state = { step: 'base-offered', keys: null, offer, IDii, Ni } as const;
  return { kind: 'wait', state, send: { payloads, enciphered: false } };
}

/** The answer to the first message. */
export function answerBaseMode(context: Phase1Context, payloads: Payloads): Step {
  const against = payloads.against(INTRODUCTION);
  if (against !== null) return refusedMessage(against);
  const introduced = answerIntroduction(context, 'base', payloads);
  if (introduced.kind === 'failed') return introduced;
  const { recognised, payload, ID: IDir, requests } = introduced;
  const { agreement, identity } = recognised;
  const Nr = context.environment.random(agreement.peer.nonceLength);
  const said = { IDii: identity.body, Ni: payloads.bodyOf('nonce'), Nr };
  return {
    kind: 'wait',
    state: { step: 'base-answered', keys: null, recognised, IDir, said },
    send: {
      payloads: [
        payload,
        { type: IKEV1_PAYLOAD.ID, body: IDir },
        { type: IKEV1_PAYLOAD.NONCE, body: Nr },
        ...requests,
        ...answeredVendorIds(agreement.peer, agreement.capabilities),
      ],
      enciphered: false,
    },
  };
}

/** What comes of the next message. */
export function continueBaseMode(
  context: Phase1Context,
  state: BaseModeState,
  payloads: Payloads,
): Step {
  const against = payloads.against(GRAMMARS[state.step]);
  if (against !== null) return refusedMessage(against);
  switch (state.step) {
    case 'base-offered':
      return prove(context, state, payloads);
    case 'base-answered':
      return proveToo(context, state, payloads);
    case 'base-proved':
      return conclude(context, state, payloads);
  }
}

/** SA, IDir and Nr came: KE, and our proof. */
function prove(
  context: Phase1Context,
  { offer, IDii, Ni }: StateOf<'base-offered'>,
  payloads: Payloads,
): Step {
  const recognised = acceptIntroduction(context, 'base', offer, payloads);
  if (recognised.kind === 'failed') return recognised;
  const { agreement } = recognised;
  const { group } = agreement.transform;
  const own = { ...newHalf(context.environment, group, 0), nonce: Ni };
  const said = { IDii, Ni, Nr: payloads.bodyOf('nonce') };
  const hash = hashOfInitiator(context, recognised, own.gx, said);
  if ('kind' in hash) return hash;
  const proof = ownProof(context, agreement, hash);
  if ('kind' in proof) return proof;
  const requests = certificateRequests(context, agreement);
  if ('kind' in requests) return requests;
  return {
    kind: 'wait',
    state: { step: 'base-proved', keys: null, recognised, own, said },
    send: {
      payloads: [
        { type: IKEV1_PAYLOAD.KE, body: own.gx },
        ...proof,
        ...requests,
        ...natDetectionFor(context, agreement),
      ],
      enciphered: false,
    },
  };
}

/** KE and the initiator's proof came: KE, and ours. */
function proveToo(
  context: Phase1Context,
  { recognised, IDir, said }: StateOf<'base-answered'>,
  payloads: Payloads,
): Step {
  const { agreement } = recognised;
  const gxi = payloads.bodyOf('key-exchange');
  const hash = hashOfInitiator(context, recognised, gxi, said);
  if ('kind' in hash) return hash;
  // Before anything is computed that costs much.
  const authenticated = verifyProof(context, recognised, hash, payloads);
  if ('kind' in authenticated) return authenticated;
  const own = {
    ...newHalf(context.environment, agreement.transform.group, 0),
    nonce: said.Nr,
  };
  const theirs = { gx: gxi, nonce: said.Ni };
  const names = keyNames(context, recognised.identity);
  const keys = derivePhase1Keys(context, agreement, own, theirs, names);
  own.privateValue.zeroise();
  if ('kind' in keys) return keys;
  const proof = ownProof(context, agreement, hashOfResponder(agreement, keys, IDir, said));
  if ('kind' in proof) return proof;
  const nat = natFound(context, agreement, payloads);
  return {
    kind: 'established',
    result: { agreement, keys, nat, authenticated },
    send: {
      payloads: [
        { type: IKEV1_PAYLOAD.KE, body: own.gx },
        ...proof,
        ...natDetectionFor(context, agreement),
      ],
      enciphered: false,
    },
  };
}

/** KE and the responder's proof came. */
function conclude(
  context: Phase1Context,
  { recognised, own, said }: StateOf<'base-proved'>,
  payloads: Payloads,
): Step {
  const { agreement, identity } = recognised;
  const theirs = { gx: payloads.bodyOf('key-exchange'), nonce: said.Nr };
  const names = keyNames(context, identity);
  const keys = derivePhase1Keys(context, agreement, own, theirs, names);
  if ('kind' in keys) return keys;
  const hash = hashOfResponder(agreement, keys, identity.body, said);
  const authenticated = verifyProof(context, recognised, hash, payloads);
  if ('kind' in authenticated) return authenticated;
  const nat = natFound(context, agreement, payloads);
  return { kind: 'established', result: { agreement, keys, nat, authenticated }, send: null };
}

/** HASH_I, which is made before the responder's public value is known. */
function hashOfInitiator(
  context: Phase1Context,
  { agreement, identity }: Recognised,
  gxi: Uint8Array,
  said: Introductions,
): Uint8Array | Phase1Refusal {
  const { transform, SAi } = agreement;
  const { hash } = transform;
  const K = needsPreSharedKey(transform.authentication)
    ? preSharedSkeyid(context.environment, hash, said, keyNames(context, identity))
    : baseModeSignatureKey(hash, said);
  if ('kind' in K) return K;
  return baseModeHashI(hash, K, { gxi, ...context.cookies, SAi }, said.IDii);
}

/** HASH_R, about the responder's identity, or as racoon signs it. */
function hashOfResponder(
  { transform }: Agreement,
  keys: Phase1Keys,
  IDir: Uint8Array,
  said: Introductions,
): Uint8Array {
  if (needsPreSharedKey(transform.authentication)) return proofHash('responder', keys, IDir);
  const K = baseModeSignatureKey(transform.hash, said);
  return baseModeSignedHashR(transform.hash, K, keys.transcript, said.IDii);
}

type StateOf<S extends BaseModeState['step']> = Extract<BaseModeState, { readonly step: S }>;

const INTRODUCTION: Grammar = {
  required: ['security-association', 'identification', 'nonce'],
  optional: [],
};
const CONTRIBUTION: Grammar = { required: ['key-exchange'], optional: ['hash', 'signature'] };
/** What may come in each state. */
const GRAMMARS: Readonly<Record<BaseModeState['step'], Grammar>> = {
  'base-offered': INTRODUCTION,
  'base-answered': CONTRIBUTION,
  'base-proved': CONTRIBUTION,
};
