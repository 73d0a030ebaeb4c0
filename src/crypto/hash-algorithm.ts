/**
 * Hash algorithms by their names: what IKEv1 negotiates for phase 1 (RFC 2409 Appendix A).
 *
 * @module
 */

export interface HashAlgorithm {
  readonly name: string;
  /** Every spelling racoon accepts in `hash_algorithm`. */
  readonly racoon: readonly string[];
  /** Attribute value of IKEv1's Hash Algorithm (IANA "Internet Key Exchange (IKE) Attributes"). */
  readonly ikev1: number;
  /** In octets. */
  readonly digestLength: number;
  /** Why nobody should choose it today, as a clause; `null` when nothing speaks against it. */
  readonly weakness: string | null;
}

export const INSECURE_MD5: HashAlgorithm = {
  name: 'md5',
  racoon: ['md5'],
  ikev1: 1,
  digestLength: 16,
  weakness: 'it is broken, and RFC 8247 §2.2 forbids it',
};
export const SHA1: HashAlgorithm = {
  name: 'sha1',
  racoon: ['sha1'],
  ikev1: 2,
  digestLength: 20,
  weakness: null,
};
export const SHA256: HashAlgorithm = sha2(256, 4);
export const SHA384: HashAlgorithm = sha2(384, 5);
export const SHA512: HashAlgorithm = sha2(512, 6);

/** Every hash algorithm, the one to prefer first. */
export const HASH_ALGORITHMS: readonly HashAlgorithm[] = [
  SHA256,
  SHA384,
  SHA512,
  SHA1,
  INSECURE_MD5,
];

/** What racoon calls `name` as a hash algorithm; `undefined` when nothing is. */
export function hashByRacoonName(name: string): HashAlgorithm | undefined {
  return HASH_ALGORITHMS.find((hash) => hash.racoon.includes(name));
}

function sha2(bits: number, ikev1: number): HashAlgorithm {
  const racoon = [`sha${bits}`, `sha2_${bits}`];
  return { name: `sha${bits}`, racoon, ikev1, digestLength: bits / 8, weakness: null };
}
