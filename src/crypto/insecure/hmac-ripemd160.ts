/**
 * HMAC-RIPEMD-160-96 (RFC 2857).
 *
 * @module
 */
import type { IntegrityAlgorithm } from '../algorithm.ts';

/** Nothing is known against the HMAC; but no one else has it any more, and kernels drop it. */
export const INSECURE_HMAC_RIPEMD160: IntegrityAlgorithm = {
  kind: 'integrity',
  name: 'hmac-ripemd160',
  setkey: ['hmac-ripemd160'],
  racoon: [],
  linux: 'hmac(rmd160)',
  ikev2: null,
  rfc: 2857,
  weakness: 'RIPEMD-160 is retired everywhere, and RFC 8221 §6 does not know it',
  // RFC 2857 §3: this length and no other
  keyBits: [160],
  digestLength: 20,
  classicIcvLength: 12,
  // RFC 2857 §2: the first 96 bits
  icvLength: 12,
  mac: { kind: 'hmac', digest: 'ripemd160' },
};
