/**
 * AEADs on OpenSSL's EVP: keyed once, given a new nonce per packet.
 *
 * @module
 */
import type { AeadAlgorithm } from '../../crypto/algorithm.ts';
import type { AeadContext } from '../../crypto/context.ts';
import { setU8, u8 } from '../../octets/octets.ts';
import type { Deferred } from '../deferred.ts';
import { PinnedMemory } from '../pinned-memory.ts';
import { type Address, type Openssl, takeReason } from './bindings.ts';
import type { OpensslAddresses } from './functions.ts';

/** openssl/evp.h */
const EVP_CTRL_AEAD_SET_IVLEN = 0x9;
const EVP_CTRL_AEAD_GET_TAG = 0x10;
const EVP_CTRL_AEAD_SET_TAG = 0x11;

export class EvpAead implements AeadContext {
  readonly #openssl: Openssl;
  readonly #deferred: Deferred;
  readonly #functions: OpensslAddresses;
  readonly #memory: PinnedMemory;
  readonly #saltLength: number;
  readonly #ivLength: number;
  readonly #icvLength: number;
  /** CCM wants to know all lengths beforehand, and verifies before it is asked to. */
  readonly #isCcm: boolean;
  /** The salt, and behind it the IV of the packet at hand. */
  readonly #nonce: PinnedMemory;
  readonly #salt: Uint8Array;
  /** The `int` that OpenSSL writes an output length to. */
  readonly #written = new PinnedMemory(4);
  /** Where the final calls may write; none of these has anything left to write. */
  readonly #nothing = new PinnedMemory(16);
  #sealing: Address = 0;
  #opening: Address = 0;

  /** Works on `memory`; `key`, salt included, fits `cipher` (an `EVP_CIPHER`) and is not kept. */
  constructor(
    openssl: Openssl,
    deferred: Deferred,
    functions: OpensslAddresses,
    memory: PinnedMemory,
    algorithm: AeadAlgorithm,
    cipher: Address,
    key: PinnedMemory,
  ) {
    const { saltLength, ivLength, icvLength, mode } = algorithm;
    this.#openssl = openssl;
    this.#deferred = deferred;
    this.#functions = functions;
    this.#memory = memory;
    this.#saltLength = saltLength;
    this.#ivLength = ivLength;
    this.#icvLength = icvLength;
    this.#isCcm = mode === 'ccm';
    this.#nonce = new PinnedMemory(saltLength + ivLength);
    this.#salt = this.#nonce.octets.subarray(0, saltLength);
    this.#salt.set(key.octets.subarray(key.octets.length - saltLength));
    try {
      this.#sealing = this.#keyed(openssl.EVP_EncryptInit_ex2, cipher, key);
      this.#opening = this.#keyed(openssl.EVP_DecryptInit_ex2, cipher, key);
    } catch (cause) {
      this.destroy();
      throw cause;
    }
  }

  seal(
    aadAt: number,
    aadLength: number,
    at: number,
    length: number,
    ivAt: number,
    icvAt: number,
  ): void {
    const openssl = this.#openssl;
    const { address } = this.#memory;
    const context = this.#sealing;
    const written = this.#written.address;
    this.#setNonce(ivAt);
    const done =
      context !== 0 &&
      openssl.EVP_EncryptInit_ex2(context, 0, 0, this.#nonce.address, 0) === 1 &&
      (!this.#isCcm || openssl.EVP_EncryptUpdate(context, 0, written, 0, length) === 1) &&
      openssl.EVP_EncryptUpdate(context, 0, written, address + aadAt, aadLength) === 1 &&
      openssl.EVP_EncryptUpdate(context, address + at, written, address + at, length) === 1 &&
      openssl.EVP_EncryptFinal_ex(context, this.#nothing.address, written) === 1 &&
      openssl.EVP_CIPHER_CTX_ctrl(
        context,
        EVP_CTRL_AEAD_GET_TAG,
        this.#icvLength,
        address + icvAt,
      ) === 1;
    if (!done) this.#fail('seal', length);
  }

  open(
    aadAt: number,
    aadLength: number,
    at: number,
    length: number,
    ivAt: number,
    icvAt: number,
  ): boolean {
    const openssl = this.#openssl;
    const { address } = this.#memory;
    const context = this.#opening;
    const written = this.#written.address;
    this.#setNonce(ivAt);
    const begun =
      context !== 0 &&
      openssl.EVP_DecryptInit_ex2(context, 0, 0, this.#nonce.address, 0) === 1 &&
      openssl.EVP_CIPHER_CTX_ctrl(
        context,
        EVP_CTRL_AEAD_SET_TAG,
        this.#icvLength,
        address + icvAt,
      ) === 1 &&
      (!this.#isCcm || openssl.EVP_DecryptUpdate(context, 0, written, 0, length) === 1) &&
      openssl.EVP_DecryptUpdate(context, 0, written, address + aadAt, aadLength) === 1;
    if (!begun) this.#fail('open', length);
    const authentic =
      openssl.EVP_DecryptUpdate(context, address + at, written, address + at, length) === 1 &&
      (this.#isCcm || openssl.EVP_DecryptFinal_ex(context, this.#nothing.address, written) === 1);
    if (authentic) return true;
    // GCM deciphers before it verifies: what came out must be seen by nobody (RFC 4106 §3.2).
    this.#memory.octets.fill(0, at, at + length);
    openssl.ERR_clear_error();
    return false;
  }

  sealLater(
    aadAt: number,
    aadLength: number,
    at: number,
    length: number,
    ivAt: number,
    icvAt: number,
  ): void {
    const deferred = this.#deferred;
    const openssl = this.#functions;
    const { address } = this.#memory;
    const context = this.#presentSealing(length);
    const written = this.#written.address;
    const nonce = this.#nonceLater(ivAt);
    deferred.must(openssl.EVP_EncryptInit_ex2, context, 0, 0, nonce, 0);
    if (this.#isCcm) deferred.must(openssl.EVP_EncryptUpdate, context, 0, written, 0, length);
    deferred.must(openssl.EVP_EncryptUpdate, context, 0, written, address + aadAt, aadLength);
    const from = address + at;
    deferred.must(openssl.EVP_EncryptUpdate, context, from, written, from, length);
    deferred.must(openssl.EVP_EncryptFinal_ex, context, this.#nothing.address, written, 0, 0);
    deferred.must(
      openssl.EVP_CIPHER_CTX_ctrl,
      context,
      EVP_CTRL_AEAD_GET_TAG,
      this.#icvLength,
      address + icvAt,
      0,
    );
  }

  openLater(
    aadAt: number,
    aadLength: number,
    at: number,
    length: number,
    ivAt: number,
    icvAt: number,
  ): number {
    const deferred = this.#deferred;
    const openssl = this.#functions;
    const { address } = this.#memory;
    const context = this.#opening;
    this.#presentSealing(length);
    const written = this.#written.address;
    const nonce = this.#nonceLater(ivAt);
    deferred.must(openssl.EVP_DecryptInit_ex2, context, 0, 0, nonce, 0);
    deferred.must(
      openssl.EVP_CIPHER_CTX_ctrl,
      context,
      EVP_CTRL_AEAD_SET_TAG,
      this.#icvLength,
      address + icvAt,
      0,
    );
    if (this.#isCcm) deferred.must(openssl.EVP_DecryptUpdate, context, 0, written, 0, length);
    deferred.must(openssl.EVP_DecryptUpdate, context, 0, written, address + aadAt, aadLength);
    const from = address + at;
    const number = deferred.may(1, openssl.EVP_DecryptUpdate, context, from, written, from, length);
    if (this.#isCcm) return number;
    return deferred.may(
      1,
      openssl.EVP_DecryptFinal_ex,
      context,
      this.#nothing.address,
      written,
      0,
      0,
    );
  }

  /** OpenSSL overwrites the key schedules. */
  destroy(): void {
    this.#openssl.EVP_CIPHER_CTX_free(this.#sealing);
    this.#openssl.EVP_CIPHER_CTX_free(this.#opening);
    this.#sealing = 0;
    this.#opening = 0;
    this.#nonce.octets.fill(0);
  }

  /** The context to seal with, of one that was not destroyed. */
  #presentSealing(length: number): Address {
    if (this.#sealing === 0) this.#fail('put off', length);
    return this.#sealing;
  }

  /** Where the nonce of the packet whose IV is at `ivAt` waits for it. */
  #nonceLater(ivAt: number): Address {
    return this.#deferred.nonce(this.#salt, ivAt);
  }

  #setNonce(ivAt: number): void {
    for (let k = 0; k < this.#ivLength; k++) {
      setU8(this.#nonce.octets, this.#saltLength + k, u8(this.#memory.octets, ivAt + k));
    }
  }

  #keyed(init: Openssl['EVP_EncryptInit_ex2'], cipher: Address, key: PinnedMemory): Address {
    const openssl = this.#openssl;
    const context = openssl.EVP_CIPHER_CTX_new();
    const nonceLength = this.#nonce.octets.length;
    const done =
      context !== 0 &&
      init(context, cipher, 0, 0, 0) === 1 &&
      openssl.EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, nonceLength, 0) === 1 &&
      (!this.#isCcm ||
        openssl.EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, this.#icvLength, 0) === 1) &&
      init(context, 0, key.address, 0, 0) === 1;
    if (done) return context;
    openssl.EVP_CIPHER_CTX_free(context);
    throw new Error(`Cannot key an AEAD: ${takeReason(openssl)}`);
  }

  #fail(what: string, length: number): never {
    const why = this.#sealing === 0 ? 'used after destroy' : takeReason(this.#openssl);
    throw new Error(`Bug: cannot ${what} ${length} octets: ${why}; please report`);
  }
}
