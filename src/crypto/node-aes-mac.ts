/**
 * MACs of AES on `node:crypto`, for `node-provider.ts`.
 *
 * @module
 */
import { createCipheriv, timingSafeEqual } from 'node:crypto';
import {
  AES_BLOCK_LENGTH,
  type AesMacKeys,
  deriveAesMacKeys,
  emitLastBlock,
  lastBlockLength,
} from './aes-mac.ts';
import type { IntegrityContext, Memory } from './context.ts';
import type { Secret } from './secret.ts';

export class NodeAesMac implements IntegrityContext {
  readonly later = null;
  readonly #octets: Uint8Array;
  readonly #icvLength: number;
  readonly #block = new Uint8Array(AES_BLOCK_LENGTH);
  #keys: AesMacKeys | undefined;

  /** Works on `memory`; `key` fits. */
  constructor(memory: Memory, kind: 'aes-cmac' | 'aes-xcbc-mac', key: Secret, icvLength: number) {
    this.#octets = memory.octets;
    this.#icvLength = icvLength;
    this.#keys = deriveAesMacKeys(kind, key);
  }

  sign(at: number, length: number, icvAt: number): void {
    this.#octets.set(this.#icv(at, length), icvAt);
  }

  verify(at: number, length: number, icvAt: number): boolean {
    const claimed = this.#octets.subarray(icvAt, icvAt + this.#icvLength);
    return timingSafeEqual(this.#icv(at, length), claimed);
  }

  destroy(): void {
    const { key, whole, padded } = this.#keys ?? {};
    for (const octets of [key, whole, padded]) octets?.fill(0);
    this.#keys = undefined;
  }

  #icv(at: number, length: number): Uint8Array {
    const keys = this.#keys;
    if (keys === undefined)
      throw new Error('Bug: crypto context used after destroy; please report');
    const name = `aes-${keys.key.length * 8}-cbc`;
    const cipher = createCipheriv(name, keys.key, new Uint8Array(AES_BLOCK_LENGTH));
    const last = lastBlockLength(length);
    const lastAt = at + length - last;
    cipher.update(this.#octets.subarray(at, lastAt));
    emitLastBlock(this.#octets, lastAt, last, keys, this.#block);
    return cipher.update(this.#block).subarray(0, this.#icvLength);
  }
}
