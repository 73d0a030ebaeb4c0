/**
 * Suites of `ipseal keygen pair`: which layers protect the packets between two hosts, and by which
 * algorithms.
 *
 * @module
 */

import { AES_CBC } from '../../crypto/aes-cbc.ts';
import {
  type CipherAlgorithm,
  type EncryptionAlgorithm,
  type IntegrityAlgorithm,
  isCounterMode,
} from '../../crypto/algorithm.ts';
import { HMAC_SHA256 } from '../../crypto/hmac-sha2.ts';

/** One layer, as its SAs are made; without encryption it is AH. */
export interface SuiteLayer {
  readonly encryption: EncryptionAlgorithm | null;
  readonly integrity: IntegrityAlgorithm | null;
}

/** Innermost layer first. */
export type Suite = readonly SuiteLayer[];

/** ESP that does both (RFC 4303), under no counter mode, since keys in files are static (RFC 8221 §3). */
export const MODERN: Suite = [{ encryption: AES_CBC, integrity: HMAC_SHA256 }];

/** The two layers of the how-tos: ESP that enciphers, and AH around it. */
export const CLASSIC: Suite = [
  { encryption: AES_CBC, integrity: null },
  { encryption: null, integrity: HMAC_SHA256 },
];

/** The suites that have a name. */
export const SUITES: ReadonlyMap<string, Suite> = new Map([
  ['modern', MODERN],
  ['classic', CLASSIC],
]);

/**
 * The one layer that `algorithms` make: ESP of a cipher and its integrity algorithm, ESP of an AEAD, or
 * AH. Otherwise why they make none, as a clause.
 */
export function layerOf(
  algorithms: readonly (EncryptionAlgorithm | IntegrityAlgorithm)[],
): SuiteLayer | string {
  const encryptions = algorithms.filter((each) => each.kind !== 'integrity');
  const integrities = algorithms.filter((each) => each.kind === 'integrity');
  const [encryption = null] = encryptions;
  const [integrity = null] = integrities;
  if (encryptions.length > 1 || integrities.length > 1) {
    return 'a suite has one cipher and one integrity algorithm at most';
  }
  if (encryption === null) return { encryption, integrity };
  if (encryption.kind === 'aead') {
    return integrity === null
      ? { encryption, integrity }
      : `${encryption.name} has an ICV of its own, and ${integrity.name} no place beside it`;
  }
  return integrity === null ? tellBare(encryption) : { encryption, integrity };
}

/** RFC 8221 §4, and of counter modes RFC 3686 §3.3. */
function tellBare(cipher: CipherAlgorithm): string {
  const loss = isCounterMode(cipher) ? 'bit by bit' : 'on the way';
  return `${cipher.name} alone lets anybody change packets ${loss}: name an integrity algorithm too`;
}

/** `ESP with aes-cbc and hmac-sha256` */
export function describeLayer({ encryption, integrity }: SuiteLayer): string {
  const names = [encryption, integrity].flatMap((algorithm) => algorithm?.name ?? []);
  return `${encryption === null ? 'AH' : 'ESP'} with ${names.join(' and ')}`;
}
