/**
 * What a provider looks at once, when it makes a context: whether key and ICV fit the algorithm.
 *
 * @module
 */
import type { EncryptionAlgorithm, IntegrityAlgorithm, MacConstruction } from './algorithm.ts';
import { formatKeyBits } from './key-lengths.ts';
import type { Secret } from './secret.ts';

/** Throws `RangeError` unless `algorithm` takes keys as long as `key`. */
export function requireFittingKey(algorithm: EncryptionAlgorithm, key: Secret): void {
  requireKeyBits(algorithm.name, algorithm.keyBits.length === 0 ? [0] : algorithm.keyBits, key);
}

/** All but the one that computes nothing. */
type ComputableMac = Exclude<MacConstruction, { readonly kind: 'none' }>;

/**
 * How to compute `algorithm`. Throws `RangeError` unless it can be keyed with `key` and truncated to
 * `icvLength` octets. An HMAC takes any key, and a MAC of AES any that AES takes: that IPsec wants one length of
 * each is for whoever accepts keys to see to.
 */
export function requireFittingMac(
  algorithm: IntegrityAlgorithm,
  key: Secret,
  icvLength: number,
): ComputableMac {
  const { name, mac, digestLength } = algorithm;
  if (mac.kind === 'aes-cmac') requireKeyBits(name, AES_KEY_BITS, key);
  // RFC 3566 §4
  if (mac.kind === 'aes-xcbc-mac') requireKeyBits(name, [128], key);
  const fits = Number.isInteger(icvLength) && icvLength > 0 && icvLength <= digestLength;
  if (fits && mac.kind !== 'none') return mac;
  throw new RangeError(
    `Cannot truncate ${name} to ${icvLength} octets: needs 1 to ${digestLength}`,
  );
}

function requireKeyBits(name: string, keyBits: readonly number[], key: Secret): void {
  if (keyBits.includes(key.bits)) return;
  throw new RangeError(`Cannot key ${name} with ${key.bits} bits: needs ${formatKeyBits(keyBits)}`);
}

const AES_KEY_BITS = [128, 192, 256];
