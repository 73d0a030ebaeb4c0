/**
 * The NULL encryption algorithm (RFC 2410), ESP that authenticates and hides nothing; and the
 * integrity algorithm that is none.
 *
 * @module
 */
import type { CipherAlgorithm, IntegrityAlgorithm } from './algorithm.ts';
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

/**
 * Integrity in name only, for ESP: with it, no ICV is made and none is looked at. Linux tells SAs
 * that have it from those that have none.
 */
export const NULL_INTEGRITY: IntegrityAlgorithm = {
  kind: 'integrity',
  name: 'null',
  setkey: ['null'],
  racoon: ['non_auth'],
  linux: 'digest_null',
  ikev2: { id: 0, name: 'NONE' },
  rfc: 7296,
  weakness: null,
  keyBits: [],
  digestLength: 0,
  classicIcvLength: 0,
  icvLength: 0,
  mac: { kind: 'none' },
};

/** The one context of {@link NULL}: leaves every octet as it is. */
export const NULL_CONTEXT: CipherContext = {
  encipher(): void {},
  decipher(): void {},
  later: null,
  destroy(): void {},
};
