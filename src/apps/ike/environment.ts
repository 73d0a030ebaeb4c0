/**
 * What an endpoint of IKE needs of this machine: a crypto library, and randomness.
 *
 * @module
 */
import { RandomPool } from '../../crypto/random-pool.ts';
import type { IkeConfiguration } from '../../ike/configuration.ts';
import type { Credentials } from '../../ike/credentials.ts';
import type { IkeEnvironment } from '../../ike/environment.ts';
import { MESSAGE_CIPHER_LENGTH } from '../../ike/v1/message-cipher.ts';
import { opensslProvider } from '../../io/openssl/provider.ts';
import { PinnedMemory } from '../../io/pinned-memory.ts';
import { readBanner } from './banner.ts';

/** Milliseconds since the epoch at 0 of the clock that the endpoint is driven by (`driver.ts`). */
export function epoch(): number {
  return Date.now() - performance.now();
}

/** What an endpoint begins with. Throws where there is no OpenSSL. */
export function environment(
  configuration: IkeConfiguration,
  credentials: Credentials,
): IkeEnvironment {
  const crypto = opensslProvider(new PinnedMemory(MESSAGE_CIPHER_LENGTH));
  const pool = new RandomPool();
  const random = (length: number) => {
    const octets = new Uint8Array(length);
    pool.fill(octets, 0, length);
    return octets;
  };
  const banner = readBanner(configuration.modeConfig.banner);
  return { configuration, credentials, banner, crypto, random };
}
