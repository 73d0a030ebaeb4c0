/**
 * Our half of the Diffie-Hellman exchange of phase 1, and the keys that both halves come to.
 *
 * @module
 */

import type { DhGroup } from '../../../crypto/dh-group.ts';
import {
  dhPrivateValue,
  dhPublicValue,
  dhRandomLength,
  dhSharedSecret,
} from '../../../crypto/diffie-hellman.ts';
import type { HashAlgorithm } from '../../../crypto/hash-algorithm.ts';
import { Secret } from '../../../crypto/secret.ts';
import { Malformed } from '../../../octets/malformed.ts';
import { NOTIFY } from '../../../wire/ikev1/notification.ts';
import type { PayloadBody } from '../../../wire/ikev1/payload-chain.ts';
import { IKEV1_PAYLOAD } from '../../../wire/ikev1/payload-type.ts';
import { CredentialFault } from '../../credential-fault.ts';
import type { IkeEnvironment } from '../../environment.ts';
import { needsPreSharedKey } from '../../peer.ts';
import {
  deriveCipherKey,
  deriveSkeyidFamily,
  deriveSkeyidOfPreSharedKey,
  deriveSkeyidOfSignatures,
  type Nonces,
} from '../key-material.ts';
import { MessageCipher } from '../message-cipher.ts';
import type { Payloads } from '../payloads.ts';
import type {
  Agreement,
  OwnHalf,
  Phase1Context,
  Phase1Keys,
  Phase1Refusal,
  PublicHalf,
} from './negotiation.ts';

/** A new half of ours. */
export function newHalf(
  { random }: Pick<IkeEnvironment, 'random'>,
  group: DhGroup,
  nonceLength: number,
): OwnHalf {
  const privateValue = dhPrivateValue(group, random(dhRandomLength(group)));
  return { privateValue, gx: dhPublicValue(group, privateValue), nonce: random(nonceLength) };
}

/** What a message with KE and NONCE payloads contributes. */
export function halfOf(payloads: Payloads): PublicHalf {
  return { gx: payloads.bodyOf('key-exchange'), nonce: payloads.bodyOf('nonce') };
}

/** KE and NONCE payloads. */
export function halfPayloads({ gx, nonce }: PublicHalf): readonly PayloadBody[] {
  return [
    { type: IKEV1_PAYLOAD.KE, body: gx },
    { type: IKEV1_PAYLOAD.NONCE, body: nonce },
  ];
}

/**
 * The keys of both halves. `identities` are those whose pre-shared key it may be, where it takes one. Our
 * private value is still there afterwards: what came may not have been the peer's.
 */
export function derivePhase1Keys(
  { environment, role, cookies }: Phase1Context,
  { transform, SAi }: Agreement,
  own: OwnHalf,
  theirs: PublicHalf,
  identities: readonly string[],
): Phase1Keys | Phase1Refusal {
  const gxy = dhSharedSecret(transform.group, own.privateValue, theirs.gx);
  if (gxy instanceof Malformed) {
    const failure = { kind: 'protocol', reason: `its public value is bad: ${gxy.why}` } as const;
    return { kind: 'failed', failure, notify: NOTIFY.INVALID_KEY_INFORMATION };
  }
  const [ofInitiator, ofResponder] = role === 'initiator' ? [own, theirs] : [theirs, own];
  const nonces = { Ni: ofInitiator.nonce, Nr: ofResponder.nonce };
  const { hash } = transform;
  const SKEYID = needsPreSharedKey(transform.authentication)
    ? preSharedSkeyid(environment, hash, nonces, identities)
    : deriveSkeyidOfSignatures(hash, gxy, nonces);
  if (!(SKEYID instanceof Secret)) return SKEYID;
  const family = deriveSkeyidFamily(hash, SKEYID, gxy, cookies);
  gxy.zeroise();
  const key = deriveCipherKey(hash, family.SKEYID_e, transform.keyBits / 8);
  const { encryption } = transform;
  if (encryption.kind !== 'cipher') throw new Error(`Bug: ${encryption.name} in phase 1`);
  const cipher = new MessageCipher(environment.crypto, encryption, key);
  const transcript = { gxi: ofInitiator.gx, gxr: ofResponder.gx, ...cookies, SAi };
  return { hash, family, cipher, transcript, nonces };
}

/** SKEYID where it comes of the key that is shared with the first of `identities`. */
export function preSharedSkeyid(
  { credentials }: IkeEnvironment,
  hash: HashAlgorithm,
  nonces: Nonces,
  identities: readonly string[],
): Secret | Phase1Refusal {
  const preShared = credentials.preSharedKey(identities);
  if (!(preShared instanceof CredentialFault)) {
    return deriveSkeyidOfPreSharedKey(hash, preShared.key, nonces);
  }
  const failure = { kind: 'credentials', fault: preShared } as const;
  return { kind: 'failed', failure, notify: NOTIFY.AUTHENTICATION_FAILED };
}
