/**
 * A provider whose random octets come from elsewhere: a published IV, a recorded run.
 *
 * @module
 */
import type { CryptoProvider } from '../../src/crypto/context.ts';

/** `provider`, except that `fill` takes the place of {@link CryptoProvider.random}. */
export function withRandom(
  provider: CryptoProvider,
  fill: (octets: Uint8Array, at: number, length: number) => void,
): CryptoProvider {
  return {
    memory: provider.memory,
    trains: provider.trains,
    get hasRoom() {
      return provider.hasRoom;
    },
    settle: () => provider.settle(),
    wasAuthentic: (number) => provider.wasAuthentic(number),
    cipher: (algorithm, key) => provider.cipher(algorithm, key),
    aead: (algorithm, key) => provider.aead(algorithm, key),
    integrity: (algorithm, key, icvLength) => provider.integrity(algorithm, key, icvLength),
    random: (at, length) => fill(provider.memory.octets, at, length),
  };
}
