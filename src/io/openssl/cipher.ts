/**
 * A block cipher in CBC or counter mode on OpenSSL's EVP: keyed once, given a new IV per packet.
 *
 * Padding is off, so every whole block put in comes out at once and there is no final call: what
 * `EVP_*Final` would add is an error about a partial block, and the octets counted tell as much.
 *
 * @module
 */
import type { CipherContext, LaterCipher } from '../../crypto/context.ts';
import { COUNTER_BLOCK_LENGTH, emitCounterIv, emitNonce } from '../../crypto/counter-block.ts';
import { hostU32 } from '../../octets/host.ts';
import type { Deferred } from '../deferred.ts';
import { PinnedMemory } from '../pinned-memory.ts';
import { type Address, type Openssl, takeReason } from './bindings.ts';
import type { OpensslAddresses } from './functions.ts';

/** `EVP_EncryptInit_ex2` or `EVP_DecryptInit_ex2`. */
type Init = Openssl['EVP_EncryptInit_ex2'];

export class EvpCipher implements CipherContext {
  readonly #openssl: Openssl;
  readonly #memory: PinnedMemory;
  /** The `int` that OpenSSL writes an output length to. */
  readonly #written = new PinnedMemory(4);
  /** In counter modes alone. */
  readonly #counterBlock: PinnedMemory | null;
  readonly later: LaterCipher | null;
  #enciphering: Address;
  #deciphering: Address;

  /**
   * Works on `memory`. `cipher` (an `EVP_CIPHER`) takes keys as long as `key`, which is not kept;
   * `nonce` is empty but for counter modes.
   */
  constructor(
    openssl: Openssl,
    deferred: Deferred,
    functions: OpensslAddresses,
    memory: PinnedMemory,
    cipher: Address,
    key: PinnedMemory,
    nonce: Uint8Array,
  ) {
    this.#openssl = openssl;
    this.#memory = memory;
    this.#counterBlock = nonce.length === 0 ? null : new PinnedMemory(COUNTER_BLOCK_LENGTH);
    if (this.#counterBlock !== null) emitNonce(nonce, this.#counterBlock.octets);
    this.#enciphering = keyedContext(openssl, openssl.EVP_EncryptInit_ex2, cipher, key);
    try {
      this.#deciphering = keyedContext(openssl, openssl.EVP_DecryptInit_ex2, cipher, key);
    } catch (cause) {
      openssl.EVP_CIPHER_CTX_free(this.#enciphering);
      throw cause;
    }
    // In counter modes, each packet would need a block of its own to wait in.
    this.later = this.#counterBlock === null ? this.#putOff(deferred, functions) : null;
  }

  #putOff(deferred: Deferred, functions: OpensslAddresses): LaterCipher {
    const { EVP_EncryptInit_ex2, EVP_EncryptUpdate, EVP_DecryptInit_ex2, EVP_DecryptUpdate } =
      functions;
    const { address } = this.#memory;
    const written = this.#written.address;
    return {
      encipher: (at, length, ivAt) => {
        const context = this.#enciphering;
        if (context === 0) this.#fail('put off', length);
        const from = address + at;
        deferred.must(EVP_EncryptInit_ex2, context, 0, 0, address + ivAt, 0);
        deferred.must(EVP_EncryptUpdate, context, from, written, from, length);
      },
      decipher: (at, length, ivAt) => {
        const context = this.#deciphering;
        if (context === 0) this.#fail('put off', length);
        const from = address + at;
        deferred.must(EVP_DecryptInit_ex2, context, 0, 0, address + ivAt, 0);
        deferred.must(EVP_DecryptUpdate, context, from, written, from, length);
      },
    };
  }

  encipher(at: number, length: number, ivAt: number): void {
    const { address } = this.#memory;
    const context = this.#enciphering;
    const done =
      context !== 0 &&
      this.#openssl.EVP_EncryptInit_ex2(context, 0, 0, this.#ivAddress(ivAt), 0) === 1 &&
      this.#openssl.EVP_EncryptUpdate(
        context,
        address + at,
        this.#written.address,
        address + at,
        length,
      ) === 1;
    if (!done || hostU32(this.#written.octets, 0) !== length) this.#fail('encipher', length);
  }

  decipher(at: number, length: number, ivAt: number): void {
    const { address } = this.#memory;
    const context = this.#deciphering;
    const done =
      context !== 0 &&
      this.#openssl.EVP_DecryptInit_ex2(context, 0, 0, this.#ivAddress(ivAt), 0) === 1 &&
      this.#openssl.EVP_DecryptUpdate(
        context,
        address + at,
        this.#written.address,
        address + at,
        length,
      ) === 1;
    if (!done || hostU32(this.#written.octets, 0) !== length) this.#fail('decipher', length);
  }

  /** OpenSSL overwrites the key schedules. */
  destroy(): void {
    this.#openssl.EVP_CIPHER_CTX_free(this.#enciphering);
    this.#openssl.EVP_CIPHER_CTX_free(this.#deciphering);
    this.#enciphering = 0;
    this.#deciphering = 0;
    this.#counterBlock?.octets.fill(0);
  }

  /** Where the IV of the packet whose own is at `ivAt` stands as the cipher wants it. */
  #ivAddress(ivAt: number): Address {
    if (this.#counterBlock === null) return this.#memory.address + ivAt;
    emitCounterIv(this.#memory.octets, ivAt, this.#counterBlock.octets);
    return this.#counterBlock.address;
  }

  #fail(what: string, length: number): never {
    const why = this.#enciphering === 0 ? 'used after destroy' : takeReason(this.#openssl);
    throw new Error(`Bug: cannot ${what} ${length} octets: ${why}; please report`);
  }
}

/** An `EVP_CIPHER_CTX` without padding, with `key` and no IV. Throws when it cannot be had. */
export function keyedContext(
  openssl: Openssl,
  init: Init,
  cipher: Address,
  key: PinnedMemory,
): Address {
  const context = openssl.EVP_CIPHER_CTX_new();
  const done =
    context !== 0 &&
    init(context, cipher, 0, 0, 0) === 1 &&
    openssl.EVP_CIPHER_CTX_set_key_length(context, key.octets.length) === 1 &&
    init(context, 0, key.address, 0, 0) === 1 &&
    openssl.EVP_CIPHER_CTX_set_padding(context, 0) === 1;
  if (done) return context;
  openssl.EVP_CIPHER_CTX_free(context);
  throw new Error(`Cannot key a cipher: ${takeReason(openssl)}`);
}
