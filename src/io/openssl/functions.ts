/**
 * Where the functions of OpenSSL, and of the C library under it, stand that packets need, for calls that
 * are put off.
 *
 * @module
 */
import { addressOf } from '../foreign-calls.ts';
import type { Address, Openssl } from './bindings.ts';

const NAMES = [
  'EVP_EncryptInit_ex2',
  'EVP_EncryptUpdate',
  'EVP_EncryptFinal_ex',
  'EVP_DecryptInit_ex2',
  'EVP_DecryptUpdate',
  'EVP_DecryptFinal_ex',
  'EVP_CIPHER_CTX_ctrl',
  'HMAC_Init_ex',
  'HMAC_Update',
  'HMAC_Final',
  'CRYPTO_memcmp',
  'memcpy',
] as const;

/** Addresses, by name. */
export type OpensslAddresses = Readonly<Record<(typeof NAMES)[number], Address>>;

export function opensslAddresses({ file }: Openssl): OpensslAddresses {
  return Object.fromEntries(NAMES.map((name) => [name, addressOf(file, name)])) as OpensslAddresses;
}
