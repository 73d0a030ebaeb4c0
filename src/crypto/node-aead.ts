/**
 * AEADs on `node:crypto`, for `node-provider.ts`.
 *
 * @module
 */
import {
  type CipherGCM,
  type CipherGCMTypes,
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type DecipherGCM,
  type KeyObject,
} from 'node:crypto';
import type { AeadAlgorithm } from './algorithm.ts';
import { AUTHENTIC, FORGED } from './at-once.ts';
import type { AeadContext, Memory } from './context.ts';
import type { Secret } from './secret.ts';

export class NodeAead implements AeadContext {
  readonly #octets: Uint8Array;
  /** Node types each mode apart and treats all alike: an AEAD by any name is as GCM. */
  readonly #name: CipherGCMTypes;
  readonly #nonce: Uint8Array;
  readonly #saltLength: number;
  readonly #icvLength: number;
  #key: KeyObject | undefined;

  /** Works on `memory`; `key` fits `algorithm`. */
  constructor(memory: Memory, algorithm: AeadAlgorithm, key: Secret) {
    const { saltLength, ivLength, icvLength } = algorithm;
    const bareLength = key.length - saltLength;
    this.#octets = memory.octets;
    this.#name = algorithm.openssl(key.bits) as CipherGCMTypes;
    this.#nonce = new Uint8Array(saltLength + ivLength);
    this.#nonce.set(key.expose().subarray(bareLength));
    this.#saltLength = saltLength;
    this.#icvLength = icvLength;
    this.#key = createSecretKey(key.expose().subarray(0, bareLength));
  }

  seal(
    aadAt: number,
    aadLength: number,
    at: number,
    length: number,
    ivAt: number,
    icvAt: number,
  ): void {
    const options = { authTagLength: this.#icvLength };
    const cipher: CipherGCM = createCipheriv(
      this.#name,
      this.#present(),
      this.#nonceOf(ivAt),
      options,
    );
    cipher.setAAD(this.#octets.subarray(aadAt, aadAt + aadLength), { plaintextLength: length });
    this.#octets.set(cipher.update(this.#octets.subarray(at, at + length)), at);
    cipher.final();
    this.#octets.set(cipher.getAuthTag(), icvAt);
  }

  open(
    aadAt: number,
    aadLength: number,
    at: number,
    length: number,
    ivAt: number,
    icvAt: number,
  ): boolean {
    const options = { authTagLength: this.#icvLength };
    const decipher: DecipherGCM = createDecipheriv(
      this.#name,
      this.#present(),
      this.#nonceOf(ivAt),
      options,
    );
    decipher.setAuthTag(this.#octets.subarray(icvAt, icvAt + this.#icvLength));
    decipher.setAAD(this.#octets.subarray(aadAt, aadAt + aadLength), { plaintextLength: length });
    try {
      const plaintext = decipher.update(this.#octets.subarray(at, at + length));
      decipher.final();
      this.#octets.set(plaintext, at);
      return true;
    } catch {
      this.#octets.fill(0, at, at + length);
      return false;
    }
  }

  sealLater(
    aadAt: number,
    aadLength: number,
    at: number,
    length: number,
    ivAt: number,
    icvAt: number,
  ): void {
    this.seal(aadAt, aadLength, at, length, ivAt, icvAt);
  }

  openLater(
    aadAt: number,
    aadLength: number,
    at: number,
    length: number,
    ivAt: number,
    icvAt: number,
  ): number {
    return this.open(aadAt, aadLength, at, length, ivAt, icvAt) ? AUTHENTIC : FORGED;
  }

  destroy(): void {
    this.#key = undefined;
    this.#nonce.fill(0);
  }

  #nonceOf(ivAt: number): Uint8Array {
    const ivLength = this.#nonce.length - this.#saltLength;
    this.#nonce.set(this.#octets.subarray(ivAt, ivAt + ivLength), this.#saltLength);
    return this.#nonce;
  }

  #present(): KeyObject {
    if (this.#key !== undefined) return this.#key;
    throw new Error('Bug: crypto context used after destroy; please report');
  }
}
