/**
 * HMAC over the SHA-2 hashes (RFC 4868).
 *
 * @module
 */
import type { IntegrityAlgorithm } from './algorithm.ts';

export const HMAC_SHA256: IntegrityAlgorithm = {
  kind: 'integrity',
  name: 'hmac-sha256',
  setkey: ['hmac-sha256', 'hmac-sha2-256'],
  racoon: ['hmac_sha256', 'hmac_sha2_256'],
  linux: 'hmac(sha256)',
  ikev2: { id: 12, name: 'AUTH_HMAC_SHA2_256_128' },
  rfc: 4868,
  weakness: null,
  // RFC 4868 §2.1.1: as long as the digest, no other length
  keyBits: [256],
  digestLength: 32,
  // Not RFC: PF_KEY on Linux truncates to 96 bits, as the drafts before RFC 4868 did.
  classicIcvLength: 12,
  // RFC 4868 §2.3: half of the digest
  icvLength: 16,
  mac: { kind: 'hmac', digest: 'sha256' },
};

export const HMAC_SHA384: IntegrityAlgorithm = {
  kind: 'integrity',
  name: 'hmac-sha384',
  setkey: ['hmac-sha384', 'hmac-sha2-384'],
  racoon: ['hmac_sha384', 'hmac_sha2_384'],
  linux: 'hmac(sha384)',
  ikev2: { id: 13, name: 'AUTH_HMAC_SHA2_384_192' },
  rfc: 4868,
  weakness: null,
  // RFC 4868 §2.1.1
  keyBits: [384],
  digestLength: 48,
  classicIcvLength: 24,
  // RFC 4868 §2.3
  icvLength: 24,
  mac: { kind: 'hmac', digest: 'sha384' },
};

export const HMAC_SHA512: IntegrityAlgorithm = {
  kind: 'integrity',
  name: 'hmac-sha512',
  setkey: ['hmac-sha512', 'hmac-sha2-512'],
  racoon: ['hmac_sha512', 'hmac_sha2_512'],
  linux: 'hmac(sha512)',
  ikev2: { id: 14, name: 'AUTH_HMAC_SHA2_512_256' },
  rfc: 4868,
  weakness: null,
  // RFC 4868 §2.1.1
  keyBits: [512],
  digestLength: 64,
  classicIcvLength: 32,
  // RFC 4868 §2.3
  icvLength: 32,
  mac: { kind: 'hmac', digest: 'sha512' },
};
