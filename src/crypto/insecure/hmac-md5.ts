/**
 * HMAC-MD5-96 (RFC 2403).
 *
 * @module
 */
import type { IntegrityAlgorithm } from '../algorithm.ts';

export const INSECURE_HMAC_MD5: IntegrityAlgorithm = {
  kind: 'integrity',
  name: 'hmac-md5',
  setkey: ['hmac-md5'],
  racoon: ['hmac_md5'],
  linux: 'hmac(md5)',
  ikev2: { id: 1, name: 'AUTH_HMAC_MD5_96' },
  rfc: 2403,
  weakness: 'MD5 is broken and RFC 8221 §6 forbids it',
  // RFC 2403 §3: this length and no other
  keyBits: [128],
  digestLength: 16,
  classicIcvLength: 12,
  // RFC 2403 §2: the first 96 bits
  icvLength: 12,
  mac: { kind: 'hmac', digest: 'md5' },
};
