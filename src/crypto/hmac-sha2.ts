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
  digest: 'sha256',
};
