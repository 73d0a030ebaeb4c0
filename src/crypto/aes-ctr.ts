/**
 * AES in counter mode (RFC 3686).
 *
 * @module
 */
import type { CipherAlgorithm } from './algorithm.ts';

export const AES_CTR: CipherAlgorithm = {
  kind: 'cipher',
  name: 'aes-ctr',
  setkey: ['aes-ctr'],
  racoon: [],
  linux: 'rfc3686(ctr(aes))',
  ikev2: { id: 13, name: 'ENCR_AES_CTR' },
  rfc: 3686,
  weakness: null,
  // RFC 3686 §5.1: 128, 192 or 256 bits of key, and then the nonce
  keyBits: [160, 224, 288],
  nonceLength: 4,
  // RFC 3686 §3.1
  ivLength: 8,
  // RFC 3686 §2.3: none but ESP's own alignment
  blockLength: 1,
  openssl: (keyBits) => `aes-${keyBits - 32}-ctr`,
};
