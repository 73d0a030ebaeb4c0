/**
 * Keyed and plain hashes over several octet strings: what IKE derives keys with.
 *
 * @module
 */
import { createHash, createHmac } from 'node:crypto';
import type { HashAlgorithm } from './hash-algorithm.ts';
import type { Secret } from './secret.ts';

/**
 * `prf(key, parts[0] | parts[1] | ...)`: HMAC with `hash`, which is the prf of IKEv1 where none other is
 * negotiated (RFC 2409 §4). A new array of `hash.digestLength` octets.
 */
export function prf(hash: HashAlgorithm, key: Secret, parts: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac(hash.name, key.expose());
  for (const part of parts) hmac.update(part);
  return new Uint8Array(hmac.digest());
}

/** `hash(parts[0] | parts[1] | ...)`: a new array of `hash.digestLength` octets. */
export function digest(hash: HashAlgorithm, parts: readonly Uint8Array[]): Uint8Array {
  const state = createHash(hash.name);
  for (const part of parts) state.update(part);
  return new Uint8Array(state.digest());
}
