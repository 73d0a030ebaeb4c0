/**
 * What a provider looks at once, when it makes a context: whether key and ICV fit the algorithm.
 *
 * @module
 */
import type { CipherAlgorithm, IntegrityAlgorithm } from './algorithm.ts';
import { formatKeyBits } from './key-lengths.ts';
import type { Secret } from './secret.ts';

/** Throws `RangeError` unless `algorithm` takes keys as long as `key`. */
export function requireFittingKey(algorithm: CipherAlgorithm, key: Secret): void {
  const lengths = algorithm.keyBits.length === 0 ? [0] : algorithm.keyBits;
  if (lengths.includes(key.bits)) return;
  throw new RangeError(
    `Cannot key ${algorithm.name} with ${key.bits} bits: needs ${formatKeyBits(lengths)}`,
  );
}

/**
 * Throws `RangeError` unless `algorithm` can be truncated to `icvLength` octets. Any key fits: that
 * IPsec wants one length of each HMAC is for whoever accepts keys to see to.
 */
export function requireFittingIcv(algorithm: IntegrityAlgorithm, icvLength: number): void {
  if (Number.isInteger(icvLength) && icvLength > 0 && icvLength <= algorithm.digestLength) return;
  throw new RangeError(
    `Cannot truncate ${algorithm.name} to ${icvLength} octets: needs 1 to ${algorithm.digestLength}`,
  );
}
