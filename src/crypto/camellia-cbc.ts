/**
 * Camellia in CBC mode (RFC 4312).
 *
 * @module
 */
import type { CipherAlgorithm } from './algorithm.ts';

export const CAMELLIA_CBC: CipherAlgorithm = {
  kind: 'cipher',
  name: 'camellia-cbc',
  setkey: ['camellia-cbc'],
  racoon: ['camellia'],
  linux: 'cbc(camellia)',
  ikev2: { id: 23, name: 'ENCR_CAMELLIA_CBC' },
  rfc: 4312,
  weakness: null,
  // RFC 4312 §2.2
  keyBits: [128, 192, 256],
  nonceLength: 0,
  // RFC 4312 §3: the IV is as long as the block.
  ivLength: 16,
  // RFC 4312 §2.4
  blockLength: 16,
  openssl: (keyBits) => `camellia-${keyBits}-cbc`,
};
