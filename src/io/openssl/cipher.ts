/**
 * A block cipher in CBC or counter mode on OpenSSL's EVP: keyed once, given a new IV per packet.
 *
 * Padding is off, so every whole block put in comes out at once and there is no final call: what
 * `EVP_*Final` would add is an error about a partial block, and the octets counted tell as much.
 *
 * In CBC mode a block of plaintext depends on its own ciphertext and on that before it (NIST SP 800-38A
 * §6.2), which for the first one is the IV. An IV that stands in front of the ciphertext is therefore
 * deciphered as if it were some, instead of being set, which costs as much as deciphering 500 octets.
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
  readonly #ivLength: number;
  /** In counter modes alone. */
  readonly #counterBlock: PinnedMemory | null;
  readonly later: LaterCipher | null;
  #enciphering: Address;
  #deciphering: Address;

  /**
   * Works on `memory`. `cipher` (an `EVP_CIPHER`) takes keys as long as `key`, which is not kept, and
   * packets with IVs of `ivLength` octets; `nonce` is empty but for counter modes.
   */
  constructor(
    openssl: Openssl,
    deferred: Deferred,
    functions: OpensslAddresses,
    memory: PinnedMemory,
    cipher: Address,
    key: PinnedMemory,
    ivLength: number,
    nonce: Uint8Array,
  ) {
    this.#openssl = openssl;
    this.#memory = memory;
    this.#ivLength = ivLength;
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
        const isChained = this.#isChained(at, ivAt);
        if (!isChained) deferred.must(EVP_DecryptInit_ex2, context, 0, 0, address + ivAt, 0);
        const start = isChained ? ivAt : at;
        const from = address + start;
        deferred.must(EVP_DecryptUpdate, context, from, written, from, at + length - start);
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
    const context = this.#deciphering;
    const isChained = this.#isChained(at, ivAt);
    const start = isChained ? ivAt : at;
    const from = this.#memory.address + start;
    const expected = at + length - start;
    const done =
      context !== 0 &&
      (isChained ||
        this.#openssl.EVP_DecryptInit_ex2(context, 0, 0, this.#ivAddress(ivAt), 0) === 1) &&
      this.#openssl.EVP_DecryptUpdate(context, from, this.#written.address, from, expected) === 1;
    if (!done || hostU32(this.#written.octets, 0) !== expected) this.#fail('decipher', length);
  }

  /** Whether the IV can be taken for the block of ciphertext before the first. */
  #isChained(at: number, ivAt: number): boolean {
    return this.#counterBlock === null && ivAt + this.#ivLength === at;
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
