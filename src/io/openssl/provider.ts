/**
 * Crypto contexts for the data path: OpenSSL's, on memory that does not move.
 *
 * @module
 */
import { deriveAesMacKeys } from '../../crypto/aes-mac.ts';
import {
  type AeadContext,
  type CipherContext,
  type CryptoProvider,
  type IntegrityContext,
  UnsupportedError,
} from '../../crypto/context.ts';
import { requireFittingKey, requireFittingMac } from '../../crypto/fitting.ts';
import { ownCipher } from '../../crypto/own-cipher.ts';
import { RandomPool } from '../../crypto/random-pool.ts';
import { Deferred } from '../deferred.ts';
import { multiBufferAead } from '../ipsec-mb/aead.ts';
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
  const openssl = loadOpenssl();
  const functions = opensslAddresses(openssl);
  const pool = new RandomPool();
  const newDeferred = () => new Deferred(() => takeReason(openssl));
  const deferred = newDeferred();
  const bench = multiBuffer && {
    library: multiBuffer,
    compare: functions.CRYPTO_memcmp,
    memory,
    deferred,
    atOnce: newDeferred(),
  };
  return {
    memory,
    get hasRoom() {
      return deferred.hasRoom;
    },
    settle: () => deferred.settle(),
    wasAuthentic: (number) => deferred.succeeded(number),
    cipher(algorithm, key): CipherContext {
      requireFittingKey(algorithm, key);
      if (algorithm.openssl === null) return ownCipher(algorithm, memory, key);
      const name = algorithm.openssl(key.bits);
      const cipher = fetched(openssl, CIPHERS, name, openssl.EVP_CIPHER_fetch);
      const bareLength = key.length - algorithm.nonceLength;
      const nonce = key.expose().subarray(bareLength);
      return withPinned(
        key.expose().subarray(0, bareLength),
        (pinned) =>
          new EvpCipher(
            openssl,
            deferred,
            functions,
            memory,
            cipher,
            pinned,
            algorithm.ivLength,
            nonce,
          ),
      );
    },
    aead(algorithm, key): AeadContext {
      requireFittingKey(algorithm, key);
      const name = algorithm.openssl(key.bits);
      const cipher = fetched(openssl, CIPHERS, name, openssl.EVP_CIPHER_fetch);
      return withPinned(
        key.expose(),
        (pinned) =>
          (bench && multiBufferAead(bench, algorithm, pinned)) ??
          new EvpAead(openssl, deferred, functions, memory, algorithm, cipher, pinned),
      );
    },
    integrity(algorithm, key, icvLength): IntegrityContext {
      const mac = requireFittingMac(algorithm, key, icvLength);
      if (mac.kind !== 'hmac') {
        const name = `aes-${key.bits}-cbc`;
        const cipher = fetched(openssl, CIPHERS, name, openssl.EVP_CIPHER_fetch);
        const keys = deriveAesMacKeys(mac.kind, key);
        return new EvpAesMac(openssl, memory, cipher, keys, icvLength);
      }
      const hash = fetched(openssl, HASHES, mac.digest, openssl.EVP_MD_fetch);
      return withPinned(
        key.expose(),
        (pinned) =>
          new HmacIntegrity(
            openssl,
            deferred,
            functions,
            memory,
            hash,
            pinned,
            key.length,
            icvLength,
          ),
      );
    },
    random(at, length): void {
      pool.fill(memory.octets, at, length);
    },
  };
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
