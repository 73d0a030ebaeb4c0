/**
 * What the endpoint of IKE is given to work with. None of it is asked what time it is.
 *
 * @module
 */
import type { CryptoProvider } from '../crypto/context.ts';
import type { IkeConfiguration } from './configuration.ts';
import type { Credentials } from './credentials.ts';

export interface IkeEnvironment {
  readonly configuration: IkeConfiguration;
  readonly credentials: Credentials;
  /** What the banner of `modeConfig` says; `null` when it cannot be read. */
  readonly banner: string | null;
  /** For messages; its memory is of `MESSAGE_CIPHER_LENGTH` octets at least. */
  readonly crypto: CryptoProvider;
  /** That many unpredictable octets, new ones. */
  readonly random: (length: number) => Uint8Array;
}
