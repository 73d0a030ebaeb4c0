/**
 * Which algorithms a provider offers on this machine: asked by keying each once, not assumed.
 *
 * @module
 */
import type { EncryptionAlgorithm, IntegrityAlgorithm } from './algorithm.ts';
import { type CryptoProvider, UnsupportedError } from './context.ts';
import { ENCRYPTION_ALGORITHMS, INTEGRITY_ALGORITHMS } from './registry.ts';
import { Secret } from './secret.ts';

/** The names of what works, in the order of the registry. */
export function offeredBy(crypto: CryptoProvider): {
  readonly ciphers: readonly string[];
  readonly integrity: readonly string[];
} {
  return {
    ciphers: ENCRYPTION_ALGORITHMS.filter((algorithm) =>
      offers(() => keyEncryption(crypto, algorithm)),
    ).map(({ name }) => name),
    integrity: INTEGRITY_ALGORITHMS.filter((algorithm) =>
      offers(() => crypto.integrity(algorithm, sampleKey(algorithm), algorithm.icvLength)),
    ).map(({ name }) => name),
  };
}

function offers(key: () => { destroy(): void }): boolean {
  try {
    key().destroy();
    return true;
  } catch (error) {
    if (error instanceof UnsupportedError) return false;
    throw error;
  }
}

function keyEncryption(crypto: CryptoProvider, algorithm: EncryptionAlgorithm) {
  const key = sampleKey(algorithm);
  return algorithm.kind === 'aead' ? crypto.aead(algorithm, key) : crypto.cipher(algorithm, key);
}

/** Different octets, so that no weak-key check is in the way. */
function sampleKey({ keyBits }: EncryptionAlgorithm | IntegrityAlgorithm): Secret {
  return new Secret(Uint8Array.from({ length: (keyBits[0] ?? 0) / 8 }, (_, k) => k * 7 + 1));
}
