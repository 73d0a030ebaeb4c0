/**
 * Crypto contexts on `node:crypto`: they work wherever Node does, on any memory.
 *
 * Each packet costs a cipher or hash object and a copy, which is fine for tools and tests; the data
 * path has `io/openssl/`. `destroy` can only let go of a key: Node does not overwrite a `KeyObject`
 * before it is collected.
 *
 * @module
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  getCipherInfo,
  getHashes,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import type { CipherAlgorithm, IntegrityAlgorithm } from './algorithm.ts';
import {
  type CipherContext,
  type CryptoProvider,
  type IntegrityContext,
  type Memory,
  UnsupportedError,
} from './context.ts';
import { requireFittingIcv, requireFittingKey } from './fitting.ts';
import { NULL_CONTEXT } from './null.ts';
import { RandomPool } from './random-pool.ts';

/** Makes contexts that work on `memory`. */
export function nodeProvider(memory: Memory): CryptoProvider {
  const pool = new RandomPool();
  return {
    memory,
    cipher(algorithm, key) {
      requireFittingKey(algorithm, key);
      if (algorithm.openssl === null) return NULL_CONTEXT;
      const name = algorithm.openssl(key.bits);
      const secret = createSecretKey(key.expose());
      if (!offers(name, secret, algorithm.ivLength)) throw unsupported(algorithm);
      return new NodeCipher(memory, name, algorithm.ivLength, secret);
    },
    integrity(algorithm, key, icvLength) {
      requireFittingIcv(algorithm, icvLength);
      if (!getHashes().includes(algorithm.digest)) throw unsupported(algorithm);
      return new NodeIntegrity(memory, algorithm.digest, createSecretKey(key.expose()), icvLength);
    },
    random(at, length) {
      pool.fill(memory.octets, at, length);
    },
  };
}

class NodeCipher implements CipherContext {
  readonly #octets: Uint8Array;
  readonly #name: string;
  readonly #ivLength: number;
  #key: KeyObject | undefined;

  constructor(memory: Memory, name: string, ivLength: number, key: KeyObject) {
    this.#octets = memory.octets;
    this.#name = name;
    this.#ivLength = ivLength;
    this.#key = key;
  }

  encipher(at: number, length: number, ivAt: number): void {
    const cipher = createCipheriv(this.#name, present(this.#key), this.#iv(ivAt));
    cipher.setAutoPadding(false);
    this.#octets.set(cipher.update(this.#octets.subarray(at, at + length)), at);
    cipher.final();
  }

  decipher(at: number, length: number, ivAt: number): void {
    const decipher = createDecipheriv(this.#name, present(this.#key), this.#iv(ivAt));
    decipher.setAutoPadding(false);
    this.#octets.set(decipher.update(this.#octets.subarray(at, at + length)), at);
    decipher.final();
  }

  destroy(): void {
    this.#key = undefined;
  }

  #iv(at: number): Uint8Array {
    return this.#octets.subarray(at, at + this.#ivLength);
  }
}

class NodeIntegrity implements IntegrityContext {
  readonly #octets: Uint8Array;
  readonly #digest: string;
  readonly #icvLength: number;
  #key: KeyObject | undefined;

  constructor(memory: Memory, digest: string, key: KeyObject, icvLength: number) {
    this.#octets = memory.octets;
    this.#digest = digest;
    this.#key = key;
    this.#icvLength = icvLength;
  }

  sign(at: number, length: number, icvAt: number): void {
    this.#octets.set(this.#icv(at, length), icvAt);
  }

  verify(at: number, length: number, icvAt: number): boolean {
    const claimed = this.#octets.subarray(icvAt, icvAt + this.#icvLength);
    return timingSafeEqual(this.#icv(at, length), claimed);
  }

  destroy(): void {
    this.#key = undefined;
  }

  #icv(at: number, length: number): Uint8Array {
    const hmac = createHmac(this.#digest, present(this.#key));
    hmac.update(this.#octets.subarray(at, at + length));
    return hmac.digest().subarray(0, this.#icvLength);
  }
}

/** Whether Node can key the cipher: the name alone may be known, as those of legacy ciphers are. */
function offers(name: string, key: KeyObject, ivLength: number): boolean {
  if (getCipherInfo(name) === undefined) return false;
  try {
    createCipheriv(name, key, new Uint8Array(ivLength));
    return true;
  } catch {
    return false;
  }
}

function present(key: KeyObject | undefined): KeyObject {
  if (key === undefined) throw new Error('Bug: crypto context used after destroy; please report');
  return key;
}

function unsupported(algorithm: CipherAlgorithm | IntegrityAlgorithm): UnsupportedError {
  return new UnsupportedError(`Cannot use ${algorithm.name}: this Node does not offer it`);
}
