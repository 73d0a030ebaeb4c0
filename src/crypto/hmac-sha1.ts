/**
 * HMAC-SHA-1-96 (RFC 2404).
 *
 * @module
 */
import type { IntegrityAlgorithm } from './algorithm.ts';

/**
 * Not among the insecure ones: collisions of SHA-1 do not carry over to HMAC, and RFC 8221 §6 still
 * demands it (MUST-, that is, for the time being).
 */
export const HMAC_SHA1: IntegrityAlgorithm = {
  kind: 'integrity',
  name: 'hmac-sha1',
  setkey: ['hmac-sha1'],
  racoon: ['hmac_sha1'],
  linux: 'hmac(sha1)',
  ikev2: { id: 2, name: 'AUTH_HMAC_SHA1_96' },
  rfc: 2404,
  weakness: 'SHA-1 is being retired everywhere; RFC 8221 §6 keeps it for old peers only',
  // RFC 2404 §3: this length and no other
  keyBits: [160],
  digestLength: 20,
  classicIcvLength: 12,
  // RFC 2404 §2: the first 96 bits
  icvLength: 12,
  mac: { kind: 'hmac', digest: 'sha1' },
};
