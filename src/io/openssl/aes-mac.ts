/**
 * MACs of AES on OpenSSL's EVP: AES in CBC mode, of which only the last block is kept.
 *
 * @module
 */
import {
  AES_BLOCK_LENGTH,
  type AesMacKeys,
  emitLastBlock,
  lastBlockLength,
} from '../../crypto/aes-mac.ts';
import type { IntegrityContext } from '../../crypto/context.ts';
import { setU8, u8 } from '../../octets/octets.ts';
import { PinnedMemory } from '../pinned-memory.ts';
import { type Address, type Openssl, takeReason } from './bindings.ts';
import { keyedContext } from './cipher.ts';

/** Octets enciphered in one call: the ciphertext has to go somewhere. */
const PORTION = 2048;

export class EvpAesMac implements IntegrityContext {
  readonly later = null;
  readonly #openssl: Openssl;
  readonly #memory: PinnedMemory;
  readonly #keys: AesMacKeys;
  readonly #icvLength: number;
  readonly #zeroIv = new PinnedMemory(AES_BLOCK_LENGTH);
  readonly #last = new PinnedMemory(AES_BLOCK_LENGTH);
  readonly #ciphertext = new PinnedMemory(PORTION);
  readonly #written = new PinnedMemory(4);
  #context: Address;

  /** Works on `memory`; `cipher` (an `EVP_CIPHER`) is AES in CBC mode for `keys`, which are kept. */
  constructor(
    openssl: Openssl,
    memory: PinnedMemory,
    cipher: Address,
    keys: AesMacKeys,
    icvLength: number,
  ) {
    this.#openssl = openssl;
    this.#memory = memory;
    this.#keys = keys;
    this.#icvLength = icvLength;
    const key = new PinnedMemory(keys.key.length);
    key.octets.set(keys.key);
    try {
      this.#context = keyedContext(openssl, openssl.EVP_EncryptInit_ex2, cipher, key);
    } finally {
      key.octets.fill(0);
      keys.key.fill(0);
    }
  }

  sign(at: number, length: number, icvAt: number): void {
    if (!this.#compute(at, length)) {
      const why = takeReason(this.#openssl);
      throw new Error(`Bug: cannot sign ${length} octets: ${why}; please report`);
    }
    for (let k = 0; k < this.#icvLength; k++) {
      setU8(this.#memory.octets, icvAt + k, u8(this.#last.octets, k));
    }
  }

  verify(at: number, length: number, icvAt: number): boolean {
    return (
      this.#compute(at, length) &&
      this.#openssl.CRYPTO_memcmp(
        this.#last.address,
        this.#memory.address + icvAt,
        this.#icvLength,
      ) === 0
    );
  }

  /** OpenSSL overwrites the key schedule. */
  destroy(): void {
    this.#openssl.EVP_CIPHER_CTX_free(this.#context);
    this.#context = 0;
    this.#keys.whole.fill(0);
    this.#keys.padded.fill(0);
    this.#last.octets.fill(0);
    this.#ciphertext.octets.fill(0);
  }

  /** Leaves the whole MAC of `length` octets at `at` in the last block; whether that worked. */
  #compute(at: number, length: number): boolean {
    if (this.#context === 0) {
      throw new Error('Bug: crypto context used after destroy; please report');
    }
    const last = lastBlockLength(length);
    const lastAt = at + length - last;
    if (this.#openssl.EVP_EncryptInit_ex2(this.#context, 0, 0, this.#zeroIv.address, 0) !== 1) {
      return false;
    }
    const { address } = this.#memory;
    for (let from = at; from < lastAt; from += PORTION) {
      const portion = Math.min(PORTION, lastAt - from);
      if (!this.#encipher(address + from, portion, this.#ciphertext.address)) return false;
    }
    emitLastBlock(this.#memory.octets, lastAt, last, this.#keys, this.#last.octets);
    return this.#encipher(this.#last.address, AES_BLOCK_LENGTH, this.#last.address);
  }

  #encipher(from: Address, length: number, to: Address): boolean {
    const written = this.#written.address;
    return this.#openssl.EVP_EncryptUpdate(this.#context, to, written, from, length) === 1;
  }
}
