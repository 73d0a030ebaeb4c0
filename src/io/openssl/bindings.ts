/**
 * The functions of OpenSSL 3 that crypto contexts are made of, under their own names.
 *
 * Every pointer is a number: koffi passes a number in a few nanoseconds where a Buffer or a struct
 * takes dozens or hundreds.
 *
 * @module
 */
import koffi, { type LibraryHandle } from 'koffi';
import { UnsupportedError } from '../../crypto/context.ts';

/** A pointer to something of OpenSSL's or into a `PinnedMemory`; 0 is NULL. */
export type Address = number;

/** Calls that return 1 have succeeded; those that return an address have failed with NULL. */
export interface Openssl {
  /** Where its functions are from; `null` is this process. */
  readonly file: string | null;
  EVP_CIPHER_fetch(library: Address, name: string, properties: Address): Address;
  EVP_CIPHER_CTX_new(): Address;
  EVP_CIPHER_CTX_free(context: Address): void;
  EVP_CIPHER_CTX_set_padding(context: Address, padding: number): number;
  EVP_EncryptInit_ex2(
    context: Address,
    cipher: Address,
    key: Address,
    iv: Address,
    parameters: Address,
  ): number;
  EVP_EncryptUpdate(
    context: Address,
    out: Address,
    outLength: Address,
    from: Address,
    length: number,
  ): number;
  EVP_EncryptFinal_ex(context: Address, out: Address, outLength: Address): number;
  EVP_DecryptInit_ex2(
    context: Address,
    cipher: Address,
    key: Address,
    iv: Address,
    parameters: Address,
  ): number;
  EVP_DecryptUpdate(
    context: Address,
    out: Address,
    outLength: Address,
    from: Address,
    length: number,
  ): number;
  /** 1 when the ICV was right. */
  EVP_DecryptFinal_ex(context: Address, out: Address, outLength: Address): number;
  EVP_CIPHER_CTX_ctrl(context: Address, type: number, argument: number, data: Address): number;
  EVP_CIPHER_CTX_set_key_length(context: Address, length: number): number;
  EVP_MD_fetch(library: Address, name: string, properties: Address): Address;
  HMAC_CTX_new(): Address;
  HMAC_CTX_free(context: Address): void;
  HMAC_Init_ex(
    context: Address,
    key: Address,
    length: number,
    digest: Address,
    engine: Address,
  ): number;
  HMAC_Update(context: Address, from: Address, length: number): number;
  HMAC_Final(context: Address, out: Address, outLength: Address): number;
  /** Compares in a time that depends on `length` alone; 0 when equal. */
  CRYPTO_memcmp(a: Address, b: Address, length: number): number;
  OSSL_PROVIDER_load(library: Address, name: string): Address;
  ERR_get_error(): number;
  ERR_reason_error_string(code: number): string | null;
  ERR_clear_error(): void;
}

/**
 * The OpenSSL inside the node binary or, where node was built without, the system's. Throws
 * `UnsupportedError` when there is neither.
 */
export function loadOpenssl(): Openssl {
  loaded ??= bindFirst(null, 'libcrypto.so.3');
  return loaded;
}

/** OpenSSL's word on the call that failed last; forgets it, and what came before. */
export function takeReason(openssl: Openssl): string {
  const code = openssl.ERR_get_error();
  openssl.ERR_clear_error();
  return (code === 0 ? null : openssl.ERR_reason_error_string(code)) ?? 'no reason given';
}

let loaded: Openssl | undefined;

function bindFirst(...files: readonly (string | null)[]): Openssl {
  const causes: unknown[] = [];
  for (const file of files) {
    try {
      return bind(file, koffi.load(file));
    } catch (cause) {
      causes.push(cause);
    }
  }
  throw new UnsupportedError('Cannot load OpenSSL 3: neither node nor the system offers it', {
    cause: new AggregateError(causes),
  });
}

function bind(file: string | null, library: LibraryHandle): Openssl {
  const init = [ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS];
  const final = [ADDRESS, ADDRESS, ADDRESS];
  const update = [ADDRESS, ADDRESS, ADDRESS, ADDRESS, 'int'];
  return {
    file,
    EVP_CIPHER_fetch: library.func('EVP_CIPHER_fetch', ADDRESS, [ADDRESS, 'str', ADDRESS]),
    EVP_CIPHER_CTX_new: library.func('EVP_CIPHER_CTX_new', ADDRESS, []),
    EVP_CIPHER_CTX_free: library.func('EVP_CIPHER_CTX_free', 'void', [ADDRESS]),
    EVP_CIPHER_CTX_set_padding: library.func('EVP_CIPHER_CTX_set_padding', 'int', [ADDRESS, 'int']),
    EVP_CIPHER_CTX_set_key_length: library.func('EVP_CIPHER_CTX_set_key_length', 'int', [
      ADDRESS,
      'int',
    ]),
    EVP_EncryptInit_ex2: library.func('EVP_EncryptInit_ex2', 'int', init),
    EVP_EncryptUpdate: library.func('EVP_EncryptUpdate', 'int', update),
    EVP_DecryptInit_ex2: library.func('EVP_DecryptInit_ex2', 'int', init),
    EVP_DecryptUpdate: library.func('EVP_DecryptUpdate', 'int', update),
    EVP_EncryptFinal_ex: library.func('EVP_EncryptFinal_ex', 'int', final),
    EVP_DecryptFinal_ex: library.func('EVP_DecryptFinal_ex', 'int', final),
    EVP_CIPHER_CTX_ctrl: library.func('EVP_CIPHER_CTX_ctrl', 'int', [
      ADDRESS,
      'int',
      'int',
      ADDRESS,
    ]),
    EVP_MD_fetch: library.func('EVP_MD_fetch', ADDRESS, [ADDRESS, 'str', ADDRESS]),
    HMAC_CTX_new: library.func('HMAC_CTX_new', ADDRESS, []),
    HMAC_CTX_free: library.func('HMAC_CTX_free', 'void', [ADDRESS]),
    HMAC_Init_ex: library.func('HMAC_Init_ex', 'int', [ADDRESS, ADDRESS, 'int', ADDRESS, ADDRESS]),
    HMAC_Update: library.func('HMAC_Update', 'int', [ADDRESS, ADDRESS, 'size_t']),
    HMAC_Final: library.func('HMAC_Final', 'int', [ADDRESS, ADDRESS, ADDRESS]),
    CRYPTO_memcmp: library.func('CRYPTO_memcmp', 'int', [ADDRESS, ADDRESS, 'size_t']),
    OSSL_PROVIDER_load: library.func('OSSL_PROVIDER_load', ADDRESS, [ADDRESS, 'str']),
    ERR_get_error: library.func('ERR_get_error', 'ulong', []),
    ERR_reason_error_string: library.func('ERR_reason_error_string', 'str', ['ulong']),
    ERR_clear_error: library.func('ERR_clear_error', 'void', []),
  };
}

const ADDRESS = 'uintptr_t';
