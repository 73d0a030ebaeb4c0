/**
 * Algorithms that the setkey language has names for and Linux has no use for.
 *
 * @module
 */

/** Integrity algorithms that other setkeys know: not HMAC, or not for IPsec. */
export const LATER_INTEGRITY: ReadonlySet<string> = new Set(['keyed-md5', 'keyed-sha1', 'tcp-md5']);

/** Ciphers of old manuals that no kernel has. */
export const GONE_ALGORITHMS: ReadonlySet<string> = new Set([
  'des-deriv',
  '3des-deriv',
  'des-32iv',
  'rc5-cbc',
  'skipjack',
  'skipjack-cbc',
]);
