/**
 * Twofish in CBC mode, as Linux and old drafts of the IPsec working group have it.
 *
 * @module
 */
import { setU8, u8 } from '../octets/octets.ts';
import type { CipherAlgorithm } from './algorithm.ts';
import type { CipherContext, Memory } from './context.ts';
import type { Secret } from './secret.ts';
import { TWOFISH_BLOCK_LENGTH, Twofish } from './twofish.ts';

export const TWOFISH_CBC: CipherAlgorithm = {
  kind: 'cipher',
  name: 'twofish-cbc',
  setkey: ['twofish-cbc'],
  racoon: ['twofish'],
  linux: 'cbc(twofish)',
  ikev2: null,
  rfc: 0,
  weakness: null,
  keyBits: [128, 192, 256],
  nonceLength: 0,
  ivLength: TWOFISH_BLOCK_LENGTH,
  blockLength: TWOFISH_BLOCK_LENGTH,
  openssl: null,
};

/** A context of {@link TWOFISH_CBC} on any memory. */
export class TwofishCbc implements CipherContext {
  readonly later = null;
  readonly #octets: Uint8Array;
  /** The ciphertext of the block before, while deciphering: the one now, and the one next. */
  readonly #chain = new Uint8Array(2 * TWOFISH_BLOCK_LENGTH);
  #cipher: Twofish | null;

  constructor(memory: Memory, key: Secret) {
    this.#octets = memory.octets;
    this.#cipher = new Twofish(key.expose());
  }

  encipher(at: number, length: number, ivAt: number): void {
    const cipher = this.#checked(length);
    for (let from = ivAt, block = at; block < at + length; block += TWOFISH_BLOCK_LENGTH) {
      mix(this.#octets, block, this.#octets, from);
      cipher.encipher(this.#octets, block);
      from = block;
    }
  }

  decipher(at: number, length: number, ivAt: number): void {
    const cipher = this.#checked(length);
    const octets = this.#octets;
    const chain = this.#chain;
    let now = 0;
    copy(octets, ivAt, chain, now);
    for (let block = at; block < at + length; block += TWOFISH_BLOCK_LENGTH) {
      const next = TWOFISH_BLOCK_LENGTH - now;
      copy(octets, block, chain, next);
      cipher.decipher(octets, block);
      mix(octets, block, chain, now);
      now = next;
    }
  }

  destroy(): void {
    this.#cipher?.destroy();
    this.#cipher = null;
  }

  #checked(length: number): Twofish {
    if (this.#cipher !== null && length % TWOFISH_BLOCK_LENGTH === 0) return this.#cipher;
    const why = this.#cipher === null ? 'used after destroy' : `cannot take ${length} octets`;
    throw new Error(`Bug: Twofish context ${why}; please report`);
  }
}

/** XORs the block at `from` of `other` into the one at `at` of `octets`. */
function mix(octets: Uint8Array, at: number, other: Uint8Array, from: number): void {
  for (let k = 0; k < TWOFISH_BLOCK_LENGTH; k++) {
    setU8(octets, at + k, u8(octets, at + k) ^ u8(other, from + k));
  }
}

function copy(from: Uint8Array, at: number, to: Uint8Array, toAt: number): void {
  for (let k = 0; k < TWOFISH_BLOCK_LENGTH; k++) setU8(to, toAt + k, u8(from, at + k));
}
