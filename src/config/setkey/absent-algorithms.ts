/**
 * Algorithms that the setkey language has names for and no kernel has.
 *
 * @module
 */

/** Ciphers of old manuals. */
export const GONE_CIPHERS: ReadonlySet<string> = new Set([
  'des-deriv',
  '3des-deriv',
  'des-32iv',
  'rc5-cbc',
  'skipjack',
  'skipjack-cbc',
]);

/** Integrity algorithms of the first AH (RFC 1828), before there was HMAC. */
export const GONE_INTEGRITY: ReadonlySet<string> = new Set(['keyed-md5', 'keyed-sha1']);

/** LZS (RFC 2395) and what a vendor names; neither was ever in a free kernel. */
export const GONE_COMPRESSION: ReadonlySet<string> = new Set(['lzs', 'oui']);
