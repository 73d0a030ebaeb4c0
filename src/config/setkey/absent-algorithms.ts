/**
 * Algorithms that the setkey language has names for and this version does not offer.
 *
 * @module
 */

/** Ciphers that other setkeys know and Linux has or had. */
export const LATER_CIPHERS: ReadonlySet<string> = new Set([
  'twofish-cbc',
  'aes-ctr',
  'aes-gcm-16',
  'aes-gmac',
]);

/** Integrity algorithms that other setkeys know. */
export const LATER_INTEGRITY: ReadonlySet<string> = new Set([
  'keyed-md5',
  'keyed-sha1',
  'aes-xcbc-mac',
  'tcp-md5',
]);

/** Ciphers of old manuals that no kernel has. */
export const GONE_ALGORITHMS: ReadonlySet<string> = new Set([
  'des-deriv',
  '3des-deriv',
  'des-32iv',
  'rc5-cbc',
  'skipjack',
  'skipjack-cbc',
]);
