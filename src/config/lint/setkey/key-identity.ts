/**
 * Whether keys are the same to their algorithm.
 *
 * @module
 */
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../../../crypto/algorithm.ts';
import { fingerprint } from '../../../crypto/fingerprint.ts';
import { INSECURE_3DES_CBC } from '../../../crypto/insecure/3des-cbc.ts';
import { INSECURE_DES_CBC } from '../../../crypto/insecure/des-cbc.ts';
import type { Secret } from '../../../crypto/secret.ts';

/** A fingerprint of `key` that leaves out what `algorithm` does not look at: the parity of DES keys. */
export function keyIdentity(
  algorithm: EncryptionAlgorithm | IntegrityAlgorithm,
  key: Secret,
): string {
  if (algorithm !== INSECURE_DES_CBC && algorithm !== INSECURE_3DES_CBC) {
    return fingerprint(key.expose());
  }
  const withoutParity = key.expose().map((octet) => octet & 0xfe);
  const identity = fingerprint(withoutParity);
  withoutParity.fill(0);
  return identity;
}
