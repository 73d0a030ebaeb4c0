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
import type { EncryptionAlgorithm, IntegrityAlgorithm } from './algorithm.ts';
import { AT_ONCE } from './at-once.ts';
import {
  type CipherContext,
  type CryptoProvider,
  type IntegrityContext,
  type Memory,
  UnsupportedError,
} from './context.ts';
import { COUNTER_BLOCK_LENGTH, emitCounterIv, emitNonce } from './counter-block.ts';
import { requireFittingKey, requireFittingMac } from './fitting.ts';
import { NodeAead } from './node-aead.ts';
import { NodeAesMac } from './node-aes-mac.ts';
import { ownCipher } from './own-cipher.ts';
import { RandomPool } from './random-pool.ts';

/** Makes contexts that work on `memory`. */
export function nodeProvider(memory: Memory): CryptoProvider {
  const pool = new RandomPool();
  return {
    ...AT_ONCE,
    memory,
    cipher(algorithm, key) {
      requireFittingKey(algorithm, key);
      if (algorithm.openssl === null) return ownCipher(algorithm, memory, key);
      const name = algorithm.openssl(key.bits);
      const bareLength = key.length - algorithm.nonceLength;
      const secret = createSecretKey(key.expose().subarray(0, bareLength));
      const nonce = key.expose().slice(bareLength);
      const context = new NodeCipher(memory, name, algorithm.ivLength, secret, nonce);
      if (!context.works()) throw unsupported(algorithm);
      return context;
    },
    aead(algorithm, key) {
      requireFittingKey(algorithm, key);
      if (getCipherInfo(algorithm.openssl(key.bits)) === undefined) throw unsupported(algorithm);
      return new NodeAead(memory, algorithm, key);
    },
    integrity(algorithm, key, icvLength) {
      const mac = requireFittingMac(algorithm, key, icvLength);
      if (mac.kind !== 'hmac') return new NodeAesMac(memory, mac.kind, key, icvLength);
      if (!getHashes().includes(mac.digest)) throw unsupported(algorithm);
      return new NodeHmac(memory, mac.digest, createSecretKey(key.expose()), icvLength);
    },
    random(at, length) {
      pool.fill(memory.octets, at, length);
    },
  };
}

class NodeCipher implements CipherContext {
  readonly later = null;
  readonly #octets: Uint8Array;
  readonly #name: string;
  readonly #ivLength: number;
  /** In counter modes alone. */
  readonly #counterBlock: Uint8Array | null;
  #key: KeyObject | undefined;

  constructor(memory: Memory, name: string, ivLength: number, key: KeyObject, nonce: Uint8Array) {
    this.#octets = memory.octets;
    this.#name = name;
    this.#ivLength = ivLength;
    this.#counterBlock = nonce.length === 0 ? null : new Uint8Array(COUNTER_BLOCK_LENGTH);
    if (this.#counterBlock !== null) emitNonce(nonce, this.#counterBlock);
    this.#key = key;
  }

  /** Whether Node can key the cipher: the name alone may be known, as those of legacy ciphers are. */
  works(): boolean {
    if (getCipherInfo(this.#name) === undefined) return false;
    try {
      const iv = new Uint8Array(this.#counterBlock?.length ?? this.#ivLength);
      createCipheriv(this.#name, present(this.#key), iv);
      return true;
    } catch {
      return false;
    }
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
    if (this.#counterBlock === null) return this.#octets.subarray(at, at + this.#ivLength);
    emitCounterIv(this.#octets, at, this.#counterBlock);
    return this.#counterBlock;
  }
}

class NodeHmac implements IntegrityContext {
  readonly later = null;
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

function present(key: KeyObject | undefined): KeyObject {
  if (key === undefined) throw new Error('Bug: crypto context used after destroy; please report');
  return key;
}

function unsupported(algorithm: EncryptionAlgorithm | IntegrityAlgorithm): UnsupportedError {
  return new UnsupportedError(`Cannot use ${algorithm.name}: this Node does not offer it`);
}
