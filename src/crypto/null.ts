/**
 * The NULL encryption algorithm (RFC 2410): ESP that authenticates and hides nothing.
 *
 * @module
 */
import type { CipherAlgorithm } from './algorithm.ts';
import type { CipherContext } from './context.ts';

/** RFC 8221 §5 keeps it a MUST, for ESP with integrity alone: not a weakness but a choice. */
export const NULL: CipherAlgorithm = {
  kind: 'cipher',
  name: 'null',
  setkey: ['null', 'simple'],
  racoon: ['null_enc', 'null'],
  linux: 'ecb(cipher_null)',
  ikev2: { id: 11, name: 'ENCR_NULL' },
  rfc: 2410,
  weakness: null,
  // RFC 2410 §2.1: no key is needed, and none can be given to setkey.
  keyBits: [],
  nonceLength: 0,
  // RFC 2410 §2.2: nothing to synchronise, so no IV
  ivLength: 0,
  // RFC 2410 §2.3
  blockLength: 1,
  openssl: null,
};

/** The one context of {@link NULL}: leaves every octet as it is. */
export const NULL_CONTEXT: CipherContext = {
  encipher(): void {},
  decipher(): void {},
  destroy(): void {},
};
