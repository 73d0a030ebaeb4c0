/**
 * What the modes of phase 1 have in common: what they know beforehand, what they find out, and what a
 * message may come to.
 *
 * @module
 */
import type { HashAlgorithm } from '../../../crypto/hash-algorithm.ts';
import type { Secret } from '../../../crypto/secret.ts';
import type { Identification } from '../../../wire/ikev1/identification.ts';
import type { PayloadBody } from '../../../wire/ikev1/payload-chain.ts';
import type { SecurityAssociation } from '../../../wire/ikev1/security-association.ts';
import type { VerifiedPeer } from '../../credentials.ts';
import type { IkeEnvironment } from '../../environment.ts';
import type { Failure } from '../../failure.ts';
import type { Path } from '../../path.ts';
import type { Peer, Phase1Transform } from '../../peer.ts';
import type { Phase1Transcript } from '../hash.ts';
import type { Cookies, Nonces, SkeyidFamily } from '../key-material.ts';
import type { MessageCipher } from '../message-cipher.ts';
import type { NatSituation } from '../nat-traversal.ts';
import type { Capabilities } from '../vendor-ids.ts';

export type Role = 'initiator' | 'responder';

/** The role of the other end. */
export function otherRole(role: Role): Role {
  return role === 'initiator' ? 'responder' : 'initiator';
}

/** What is given at each message. */
export interface Phase1Context {
  readonly environment: IkeEnvironment;
  readonly role: Role;
  /** The one that the message came by, or goes. */
  readonly path: Path;
  /** CKY-R is zeros for an initiator who has no answer yet. */
  readonly cookies: Cookies;
  /** Milliseconds since the epoch, for certificates. */
  readonly time: number;
}

/** What both ends have agreed on by the SA payloads and the vendor IDs. */
export interface Agreement {
  readonly peer: Peer;
  /** The one of ours that was chosen, with the lifetime and the length of key that were agreed on. */
  readonly transform: Phase1Transform;
  /** The responder's SA payload, which says so. */
  readonly answer: SecurityAssociation;
  /** `SAi_b`: the body of the initiator's SA payload. */
  readonly SAi: Uint8Array;
  /** What both ends can do. */
  readonly capabilities: Capabilities;
}

/** What one end contributes: `g^x` and a nonce. */
export interface PublicHalf {
  readonly gx: Uint8Array;
  readonly nonce: Uint8Array;
}

/** What we contribute, with what only we know. */
export interface OwnHalf extends PublicHalf {
  readonly privateValue: Secret;
}

/** The keys of phase 1, and what both ends said to come to them. */
export interface Phase1Keys {
  readonly hash: HashAlgorithm;
  readonly family: SkeyidFamily;
  readonly cipher: MessageCipher;
  readonly transcript: Phase1Transcript;
  readonly nonces: Nonces;
}

/** What the peer calls itself: not proved yet. */
export interface ClaimedIdentity {
  /** Of the ID payload, as hashes have it: `IDii_b` or `IDir_b`. A copy. */
  readonly body: Uint8Array;
  /** Views of {@link body}. */
  readonly identification: Identification;
}

/** Which of the configuration's peers may call itself so. */
export interface Recognised {
  readonly kind: 'recognised';
  readonly identity: ClaimedIdentity;
  /** With the peer that it is now known to be. */
  readonly agreement: Agreement;
  /** What was let pass: clauses. */
  readonly warnings: readonly string[];
}

/** Who the peer is. */
export interface Authenticated {
  /** Its data is a copy. */
  readonly identification: Identification;
  /** `null` where a pre-shared key proved it. */
  readonly certified: VerifiedPeer | null;
  /** What was let pass: clauses. */
  readonly warnings: readonly string[];
}

/** What phase 1 comes to. */
export interface Phase1Result {
  readonly agreement: Agreement;
  readonly keys: Phase1Keys;
  readonly nat: NatSituation;
  readonly authenticated: Authenticated;
}

/** A message to be sent. */
export interface OutgoingMessage {
  readonly payloads: readonly PayloadBody[];
  readonly enciphered: boolean;
}

/** What a message, or the beginning, comes to; `S` are the states of a mode. */
export type Phase1Step<S> =
  /** Send, and wait for the answer. */
  | { readonly kind: 'wait'; readonly state: S; readonly send: OutgoingMessage }
  /** Send, if there is something to be sent, and be done. */
  | {
      readonly kind: 'established';
      readonly result: Phase1Result;
      readonly send: OutgoingMessage | null;
    }
  | Phase1Refusal;

/** It comes to nothing; `notify` is what the peer is told, `null` is nothing. */
export interface Phase1Refusal {
  readonly kind: 'failed';
  readonly failure: Failure;
  readonly notify: number | null;
}
