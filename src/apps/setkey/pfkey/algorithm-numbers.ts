/**
 * The algorithms that PF_KEY has numbers for on Linux, in the order in which a REGISTER lists them.
 * IV lengths and key lengths are those that Linux tells, whatever the RFCs say.
 *
 * @module
 */
import type { SadbAlgorithm } from '../../../pfkey/supported.ts';

/** An algorithm as PF_KEY lists it. */
export interface NumberedAlgorithm {
  /** As the kernel's crypto API spells it. */
  readonly linux: string;
  readonly entry: SadbAlgorithm;
}

export const NUMBERED_INTEGRITY: readonly NumberedAlgorithm[] = [
  integrity('digest_null', 251, 0),
  integrity('hmac(md5)', 2, 128),
  integrity('hmac(sha1)', 3, 160),
  integrity('hmac(sha256)', 5, 256),
  integrity('hmac(sha384)', 6, 384),
  integrity('hmac(sha512)', 7, 512),
  integrity('hmac(rmd160)', 8, 160),
  integrity('xcbc(aes)', 9, 128),
];

export const NUMBERED_CIPHERS: readonly NumberedAlgorithm[] = [
  { linux: 'ecb(cipher_null)', entry: { number: 11, ivLength: 0, leastBits: 0, mostBits: 0 } },
  cipher('cbc(des)', 2, 64, 64),
  cipher('cbc(des3_ede)', 3, 192, 192),
  cipher('cbc(cast5)', 6, 40, 128),
  cipher('cbc(blowfish)', 7, 40, 448),
  cipher('cbc(aes)', 12, 128, 256),
  cipher('cbc(serpent)', 252, 128, 256),
  cipher('cbc(camellia)', 22, 128, 256),
  cipher('cbc(twofish)', 253, 128, 256),
  cipher('rfc3686(ctr(aes))', 13, 160, 288),
];

/** The number of what the kernel calls `linux`; 0 for what PF_KEY has no number for, as AEADs. */
export function algorithmNumber(among: readonly NumberedAlgorithm[], linux: string): number {
  return among.find((algorithm) => algorithm.linux === linux)?.entry.number ?? 0;
}

function integrity(linux: string, number: number, keyBits: number): NumberedAlgorithm {
  return { linux, entry: { number, ivLength: 0, leastBits: keyBits, mostBits: keyBits } };
}

function cipher(
  linux: string,
  number: number,
  leastBits: number,
  mostBits: number,
): NumberedAlgorithm {
  return { linux, entry: { number, ivLength: 8, leastBits, mostBits } };
}
