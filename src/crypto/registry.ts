/**
 * Every algorithm there is, and the ways to find one by name.
 *
 * @module
 */
import { AES_CBC } from './aes-cbc.ts';
import { AES_CCM_16 } from './aes-ccm.ts';
import { AES_CTR } from './aes-ctr.ts';
import { AES_GCM_16, AES_GMAC } from './aes-gcm.ts';
import { AES_CMAC, AES_XCBC_MAC } from './aes-mac.ts';
import type {
  AeadAlgorithm,
  CipherAlgorithm,
  EncryptionAlgorithm,
  IntegrityAlgorithm,
} from './algorithm.ts';
import { CAMELLIA_CBC } from './camellia-cbc.ts';
import { CHACHA20_POLY1305 } from './chacha20-poly1305.ts';
import { HMAC_SHA1 } from './hmac-sha1.ts';
import { HMAC_SHA256, HMAC_SHA384, HMAC_SHA512 } from './hmac-sha2.ts';
import { INSECURE_3DES_CBC } from './insecure/3des-cbc.ts';
import { INSECURE_BLOWFISH_CBC } from './insecure/blowfish-cbc.ts';
import { INSECURE_CAST128_CBC } from './insecure/cast128-cbc.ts';
import { INSECURE_DES_CBC } from './insecure/des-cbc.ts';
import { INSECURE_HMAC_MD5 } from './insecure/hmac-md5.ts';
import { INSECURE_HMAC_RIPEMD160 } from './insecure/hmac-ripemd160.ts';
import { NULL, NULL_INTEGRITY } from './null.ts';
import { TWOFISH_CBC } from './twofish-cbc.ts';

/** Every cipher that leaves integrity to another algorithm, the one to prefer first. */
export const CIPHERS: readonly CipherAlgorithm[] = [
  AES_CBC,
  CAMELLIA_CBC,
  TWOFISH_CBC,
  AES_CTR,
  NULL,
  INSECURE_3DES_CBC,
  INSECURE_CAST128_CBC,
  INSECURE_BLOWFISH_CBC,
  INSECURE_DES_CBC,
];

/** Every cipher that makes its own ICV, the one to prefer first. */
export const AEADS: readonly AeadAlgorithm[] = [
  AES_GCM_16,
  CHACHA20_POLY1305,
  AES_CCM_16,
  AES_GMAC,
];

/** Everything that ESP can have behind `-E`. */
export const ENCRYPTION_ALGORITHMS: readonly EncryptionAlgorithm[] = [...CIPHERS, ...AEADS];

/** Every integrity algorithm that does something, the one to prefer first. */
export const INTEGRITY_ALGORITHMS: readonly IntegrityAlgorithm[] = [
  HMAC_SHA256,
  HMAC_SHA384,
  HMAC_SHA512,
  HMAC_SHA1,
  AES_CMAC,
  AES_XCBC_MAC,
  INSECURE_HMAC_RIPEMD160,
  INSECURE_HMAC_MD5,
];

/** What setkey calls `name` behind `-E`, by any of its spellings; `undefined` when nothing is. */
export function encryptionBySetkeyName(name: string): EncryptionAlgorithm | undefined {
  return ENCRYPTION_ALGORITHMS.find((algorithm) => algorithm.setkey.includes(name));
}

/** The integrity algorithm that setkey calls `name`; `undefined` when there is none. */
export function integrityBySetkeyName(name: string): IntegrityAlgorithm | undefined {
  return INTEGRITY_ALGORITHMS.find((integrity) => integrity.setkey.includes(name));
}

/** What racoon calls `name` as an encryption algorithm; `undefined` when nothing is. */
export function encryptionByRacoonName(name: string): EncryptionAlgorithm | undefined {
  return ENCRYPTION_ALGORITHMS.find((algorithm) => algorithm.racoon.includes(name));
}

/** The integrity algorithm that racoon calls `name`, `non_auth` among them. */
export function integrityByRacoonName(name: string): IntegrityAlgorithm | undefined {
  return [...INTEGRITY_ALGORITHMS, NULL_INTEGRITY].find(({ racoon }) => racoon.includes(name));
}

/** The encryption algorithm whose canonical name is `name`; `undefined` when there is none. */
export function encryptionByName(name: string): EncryptionAlgorithm | undefined {
  return ENCRYPTION_ALGORITHMS.find((algorithm) => algorithm.name === name);
}

/** The integrity algorithm whose canonical name is `name`; `undefined` when there is none. */
export function integrityByName(name: string): IntegrityAlgorithm | undefined {
  return [...INTEGRITY_ALGORITHMS, NULL_INTEGRITY].find((integrity) => integrity.name === name);
}
