/**
 * Signatures of phase 1 (RFC 2409 §5.1): the hash itself under the private key, padded as PKCS #1 v1.5 pads
 * for signatures (RFC 8017 §9.2), but without the algorithm identifier that would stand before it.
 *
 * @module
 */
import { constants, type KeyObject, privateEncrypt, publicDecrypt } from 'node:crypto';
import { hashVerifies } from '../../ike/v1/hash.ts';

const padding = constants.RSA_PKCS1_PADDING;

/** Signs `hash` with the private RSA `key`. Throws when the key is too short for the hash. */
export function signHash(key: KeyObject, hash: Uint8Array): Uint8Array {
  return new Uint8Array(privateEncrypt({ key, padding }, hash));
}

/** Whether `signature` is the one of `hash` with the private half of the RSA `key`. */
export function signatureVerifies(
  key: KeyObject,
  hash: Uint8Array,
  signature: Uint8Array,
): boolean {
  // One that begins with a zero is the same number without it, and yet no signature (RFC 8017 §8.2.2).
  if (signature.length !== modulusLength(key)) return false;
  const opened = open(key, signature);
  return opened !== null && hashVerifies(hash, opened);
}

/** What was signed; `null` when the padding is not that of a signature. */
function open(key: KeyObject, signature: Uint8Array): Uint8Array | null {
  try {
    return publicDecrypt({ key, padding }, signature);
  } catch {
    return null;
  }
}

/** In octets. */
function modulusLength(key: KeyObject): number {
  return Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
}
