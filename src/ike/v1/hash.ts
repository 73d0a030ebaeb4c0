/**
 * The hashes that authenticate: both ends of phase 1 (RFC 2409 §5), and each message of quick mode and
 * of informational exchanges (§5.5, §5.7).
 *
 * @module
 */
import type { HashAlgorithm } from '../../crypto/hash-algorithm.ts';
import { digest, prf } from '../../crypto/prf.ts';
import { Secret } from '../../crypto/secret.ts';
import { concatenate, equalInConstantTime } from '../../octets/octets.ts';
import { type Cookies, messageIdOctets, type Nonces, type PublicValues } from './key-material.ts';

/** What both ends said in phase 1. */
export interface Phase1Transcript extends PublicValues, Cookies {
  /** `SAi_b`: the whole body of the SA payload that the initiator sent, all that it offered. */
  readonly SAi: Uint8Array;
}

/**
 * `HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)` (§5). `IDii` is the body of the
 * initiator's ID payload. What the initiator sends, or signs.
 */
export function hashI(
  hash: HashAlgorithm,
  SKEYID: Secret,
  { gxi, gxr, CKY_I, CKY_R, SAi }: Phase1Transcript,
  IDii: Uint8Array,
): Uint8Array {
  return prf(hash, SKEYID, [gxi, gxr, CKY_I, CKY_R, SAi, IDii]);
}

/**
 * `HASH_R = prf(SKEYID, g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b)` (§5). `IDir` is the body of the
 * responder's ID payload. What the responder sends, or signs.
 */
export function hashR(
  hash: HashAlgorithm,
  SKEYID: Secret,
  { gxi, gxr, CKY_I, CKY_R, SAi }: Phase1Transcript,
  IDir: Uint8Array,
): Uint8Array {
  return prf(hash, SKEYID, [gxr, gxi, CKY_R, CKY_I, SAi, IDir]);
}

/**
 * `HASH_I = prf(K, g^xi | CKY-I | CKY-R | SAi_b | IDii_b)` of base mode (draft-ietf-ipsec-ike-base-mode),
 * where the responder has not sent its public value yet. `K` is SKEYID, or that of
 * {@link baseModeSignatureKey}.
 */
export function baseModeHashI(
  hash: HashAlgorithm,
  K: Secret,
  { gxi, CKY_I, CKY_R, SAi }: Omit<Phase1Transcript, 'gxr'>,
  IDii: Uint8Array,
): Uint8Array {
  return prf(hash, K, [gxi, CKY_I, CKY_R, SAi, IDii]);
}

/**
 * `HASH_R = prf(K, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)`: what a responder signs in base mode, as
 * racoon has it. With a pre-shared key it is {@link hashR}.
 */
export function baseModeSignedHashR(
  hash: HashAlgorithm,
  K: Secret,
  { gxi, gxr, CKY_I, CKY_R, SAi }: Phase1Transcript,
  IDii: Uint8Array,
): Uint8Array {
  return prf(hash, K, [gxi, gxr, CKY_I, CKY_R, SAi, IDii]);
}

/** `hash(Ni_b | Nr_b)`: the key of what is signed in base mode. */
export function baseModeSignatureKey(hash: HashAlgorithm, { Ni, Nr }: Nonces): Secret {
  return new Secret(digest(hash, [Ni, Nr]));
}

/**
 * `HASH(1) = prf(SKEYID_a, M-ID | rest)` of quick mode's first message (§5.5); and the one hash of
 * informational exchanges (§5.7) and of mode config. `rest` is every payload behind the HASH payload, with
 * their headers and without padding.
 */
export function hash1(
  hash: HashAlgorithm,
  SKEYID_a: Secret,
  messageId: number,
  rest: Uint8Array,
): Uint8Array {
  return prf(hash, SKEYID_a, [messageIdOctets(messageId), rest]);
}

/** `HASH(2) = prf(SKEYID_a, M-ID | Ni_b | rest)` of quick mode's second message (§5.5). */
export function hash2(
  hash: HashAlgorithm,
  SKEYID_a: Secret,
  messageId: number,
  Ni: Uint8Array,
  rest: Uint8Array,
): Uint8Array {
  return prf(hash, SKEYID_a, [messageIdOctets(messageId), Ni, rest]);
}

/** `HASH(3) = prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b)` of quick mode's third message (§5.5). */
export function hash3(
  hash: HashAlgorithm,
  SKEYID_a: Secret,
  messageId: number,
  { Ni, Nr }: Nonces,
): Uint8Array {
  return prf(hash, SKEYID_a, [Uint8Array.of(0), messageIdOctets(messageId), Ni, Nr]);
}

/** Whether the hash that came is the one that we computed, in a time that does not show where not. */
export function hashVerifies(computed: Uint8Array, received: Uint8Array): boolean {
  const both = concatenate([computed, received]);
  return (
    computed.length === received.length &&
    equalInConstantTime(both, 0, computed.length, computed.length)
  );
}
