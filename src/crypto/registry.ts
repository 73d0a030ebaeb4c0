/**
 * Every algorithm there is, and the ways to find one by name.
 *
 * @module
 */
import { AES_CBC } from './aes-cbc.ts';
import type { CipherAlgorithm, IntegrityAlgorithm } from './algorithm.ts';
import { CAMELLIA_CBC } from './camellia-cbc.ts';
import { HMAC_SHA1 } from './hmac-sha1.ts';
import { HMAC_SHA256, HMAC_SHA384, HMAC_SHA512 } from './hmac-sha2.ts';
import { INSECURE_3DES_CBC } from './insecure/3des-cbc.ts';
import { INSECURE_BLOWFISH_CBC } from './insecure/blowfish-cbc.ts';
import { INSECURE_CAST128_CBC } from './insecure/cast128-cbc.ts';
import { INSECURE_DES_CBC } from './insecure/des-cbc.ts';
import { INSECURE_HMAC_MD5 } from './insecure/hmac-md5.ts';
import { INSECURE_HMAC_RIPEMD160 } from './insecure/hmac-ripemd160.ts';
import { NULL } from './null.ts';

/** Every cipher, the one to prefer first. */
export const CIPHERS: readonly CipherAlgorithm[] = [
  AES_CBC,
  CAMELLIA_CBC,
  NULL,
  INSECURE_3DES_CBC,
  INSECURE_CAST128_CBC,
  INSECURE_BLOWFISH_CBC,
  INSECURE_DES_CBC,
];

/** Every integrity algorithm, the one to prefer first. */
export const INTEGRITY_ALGORITHMS: readonly IntegrityAlgorithm[] = [
  HMAC_SHA256,
  HMAC_SHA384,
  HMAC_SHA512,
  HMAC_SHA1,
  INSECURE_HMAC_RIPEMD160,
  INSECURE_HMAC_MD5,
];

/** The cipher that setkey calls `name`, by any of its spellings; `undefined` when there is none. */
export function cipherBySetkeyName(name: string): CipherAlgorithm | undefined {
  return CIPHERS.find((cipher) => cipher.setkey.includes(name));
}

/** The integrity algorithm that setkey calls `name`; `undefined` when there is none. */
export function integrityBySetkeyName(name: string): IntegrityAlgorithm | undefined {
  return INTEGRITY_ALGORITHMS.find((integrity) => integrity.setkey.includes(name));
}

/** The cipher whose canonical name is `name`; `undefined` when there is none. */
export function cipherByName(name: string): CipherAlgorithm | undefined {
  return CIPHERS.find((cipher) => cipher.name === name);
}

/** The integrity algorithm whose canonical name is `name`; `undefined` when there is none. */
export function integrityByName(name: string): IntegrityAlgorithm | undefined {
  return INTEGRITY_ALGORITHMS.find((integrity) => integrity.name === name);
}
