/**
 * Crypto contexts for the data path: OpenSSL's, on memory that does not move.
 *
 * @module
 */
import { deriveAesMacKeys } from '../../crypto/aes-mac.ts';
import type { AeadAlgorithm, CipherAlgorithm, IntegrityAlgorithm } from '../../crypto/algorithm.ts';
import {
  type AeadContext,
  type CipherContext,
  type CryptoProvider,
  type IntegrityContext,
  type LaterTrains,
  UnsupportedError,
} from '../../crypto/context.ts';
import { requireFittingKey, requireFittingMac } from '../../crypto/fitting.ts';
import { ownCipher } from '../../crypto/own-cipher.ts';
import { RandomPool } from '../../crypto/random-pool.ts';
import type { Secret } from '../../crypto/secret.ts';
import { Deferred } from '../deferred.ts';
import { type Bench, multiBufferAead } from '../ipsec-mb/aead.ts';
import { loadMultiBuffer, type MultiBuffer } from '../ipsec-mb/bindings.ts';
import { PinnedMemory } from '../pinned-memory.ts';
import { EvpAead } from './aead.ts';
import { EvpAesMac } from './aes-mac.ts';
import { type Address, loadOpenssl, type Openssl, takeReason } from './bindings.ts';
import { EvpCipher } from './cipher.ts';
import { opensslAddresses } from './functions.ts';
import { HmacIntegrity } from './integrity.ts';
import { loadLegacyProvider } from './legacy.ts';

/**
 * Makes contexts that work on `memory`; AEADs on `multiBuffer` where that has them and is not `null`.
 * Throws `UnsupportedError` where there is no OpenSSL 3.
 */
export function opensslProvider(
  memory: PinnedMemory,
  multiBuffer: MultiBuffer | null = loadMultiBuffer(),
): CryptoProvider {
  return new OpensslProvider(memory, multiBuffer);
}

class OpensslProvider implements CryptoProvider {
  readonly memory: PinnedMemory;
  readonly #openssl = loadOpenssl();
  readonly #functions = opensslAddresses(this.#openssl);
  readonly trains: LaterTrains | null;
  readonly #deferred: Deferred;
  readonly #pool = new RandomPool();
  readonly #bench: Bench | null;

  constructor(memory: PinnedMemory, multiBuffer: MultiBuffer | null) {
    this.memory = memory;
    this.#deferred = this.#newDeferred();
    this.trains = this.#deferred.trains;
    this.#bench = multiBuffer && {
      library: multiBuffer,
      compare: this.#functions.CRYPTO_memcmp,
      memory,
      deferred: this.#deferred,
      atOnce: this.#newDeferred(),
    };
  }

  get hasRoom(): boolean {
    return this.#deferred.hasRoom;
  }

  settle(): void {
    this.#deferred.settle();
  }

  wasAuthentic(number: number): boolean {
    return this.#deferred.succeeded(number);
  }

  cipher(algorithm: CipherAlgorithm, key: Secret): CipherContext {
    requireFittingKey(algorithm, key);
    const { memory } = this;
    if (algorithm.openssl === null) return ownCipher(algorithm, memory, key);
    const cipher = this.#fetchedCipher(algorithm.openssl(key.bits));
    const bareLength = key.length - algorithm.nonceLength;
    const nonce = key.expose().subarray(bareLength);
    return withPinned(
      key.expose().subarray(0, bareLength),
      (pinned) =>
        new EvpCipher(
          this.#openssl,
          this.#deferred,
          this.#functions,
          memory,
          cipher,
          pinned,
          algorithm.ivLength,
          nonce,
        ),
    );
  }

  aead(algorithm: AeadAlgorithm, key: Secret): AeadContext {
    requireFittingKey(algorithm, key);
    const cipher = this.#fetchedCipher(algorithm.openssl(key.bits));
    return withPinned(
      key.expose(),
      (pinned) =>
        (this.#bench && multiBufferAead(this.#bench, algorithm, pinned)) ??
        new EvpAead(
          this.#openssl,
          this.#deferred,
          this.#functions,
          this.memory,
          algorithm,
          cipher,
          pinned,
        ),
    );
  }

  integrity(algorithm: IntegrityAlgorithm, key: Secret, icvLength: number): IntegrityContext {
    const openssl = this.#openssl;
    const mac = requireFittingMac(algorithm, key, icvLength);
    if (mac.kind !== 'hmac') {
      const cipher = this.#fetchedCipher(`aes-${key.bits}-cbc`);
      const keys = deriveAesMacKeys(mac.kind, key);
      return new EvpAesMac(openssl, this.memory, cipher, keys, icvLength);
    }
    const hash = fetched(openssl, HASHES, mac.digest, openssl.EVP_MD_fetch);
    return withPinned(
      key.expose(),
      (pinned) =>
        new HmacIntegrity(
          openssl,
          this.#deferred,
          this.#functions,
          this.memory,
          hash,
          pinned,
          key.length,
          icvLength,
        ),
    );
  }

  random(at: number, length: number): void {
    this.#pool.fill(this.memory.octets, at, length);
  }

  #newDeferred(): Deferred {
    return new Deferred(this.memory, () => takeReason(this.#openssl));
  }

  #fetchedCipher(name: string): Address {
    return fetched(this.#openssl, CIPHERS, name, this.#openssl.EVP_CIPHER_fetch);
  }
}

/** What was fetched by name. An HMAC context borrows its hash, so nothing is ever given back. */
const CIPHERS = new Map<string, Address>();
const HASHES = new Map<string, Address>();

function fetched(
  openssl: Openssl,
  known: Map<string, Address>,
  name: string,
  fetch: Openssl['EVP_MD_fetch'],
): Address {
  const already = known.get(name);
  if (already !== undefined) return already;
  let method = fetch(0, name, 0);
  let legacy = 'it';
  if (method === 0) {
    if (loadLegacyProvider(openssl)) method = fetch(0, name, 0);
    else legacy = 'it, nor the legacy provider';
  }
  if (method === 0) {
    const reason = takeReason(openssl);
    const message = `Cannot use ${name}: this OpenSSL does not offer ${legacy} (${reason})`;
    throw new UnsupportedError(message);
  }
  openssl.ERR_clear_error();
  known.set(name, method);
  return method;
}

/** Calls `use` with a copy of `key` that is overwritten afterwards. */
function withPinned<T>(key: Uint8Array, use: (pinned: PinnedMemory) => T): T {
  const pinned = new PinnedMemory(Math.max(key.length, 1));
  pinned.octets.set(key);
  try {
    return use(pinned);
  } finally {
    pinned.octets.fill(0);
  }
}
