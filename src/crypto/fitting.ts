/**
 * What a provider looks at once, when it makes a context: whether key and ICV fit the algorithm.
 *
 * @module
 */
import type { EncryptionAlgorithm, IntegrityAlgorithm } from './algorithm.ts';
import { formatKeyBits } from './key-lengths.ts';
import type { Secret } from './secret.ts';

/** Throws `RangeError` unless `algorithm` takes keys as long as `key`. */
export function requireFittingKey(algorithm: EncryptionAlgorithm, key: Secret): void {
  requireKeyBits(algorithm.name, algorithm.keyBits.length === 0 ? [0] : algorithm.keyBits, key);
}

/**
 * Throws `RangeError` unless `algorithm` can be keyed with `key` and truncated to `icvLength`
 * octets. An HMAC takes any key, and a MAC of AES any that AES takes: that IPsec wants one length of
 * each is for whoever accepts keys to see to.
 */
export function requireFittingMac(
  algorithm: IntegrityAlgorithm,
  key: Secret,
  icvLength: number,
): void {
  const { name, mac, digestLength } = algorithm;
  if (mac.kind === 'aes-cmac') requireKeyBits(name, AES_KEY_BITS, key);
  // RFC 3566 §4
  if (mac.kind === 'aes-xcbc-mac') requireKeyBits(name, [128], key);
  if (Number.isInteger(icvLength) && icvLength > 0 && icvLength <= digestLength) return;
  throw new RangeError(
    `Cannot truncate ${name} to ${icvLength} octets: needs 1 to ${digestLength}`,
  );
}

function requireKeyBits(name: string, keyBits: readonly number[], key: Secret): void {
  if (keyBits.includes(key.bits)) return;
  throw new RangeError(`Cannot key ${name} with ${key.bits} bits: needs ${formatKeyBits(keyBits)}`);
}

const AES_KEY_BITS = [128, 192, 256];
