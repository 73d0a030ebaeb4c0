/**
 * AES in CBC mode (RFC 3602).
 *
 * @module
 */
import type { CipherAlgorithm } from './algorithm.ts';

export const AES_CBC: CipherAlgorithm = {
  kind: 'cipher',
  name: 'aes-cbc',
  setkey: ['aes-cbc', 'rijndael-cbc'],
  racoon: ['aes', 'rijndael'],
  linux: 'cbc(aes)',
  ikev2: { id: 12, name: 'ENCR_AES_CBC' },
  rfc: 3602,
  weakness: null,
  // RFC 3602 §2.2
  keyBits: [128, 192, 256],
  nonceLength: 0,
  // RFC 3602 §3: the IV is as long as the block.
  ivLength: 16,
  // RFC 3602 §2.4
  blockLength: 16,
  openssl: (keyBits) => `aes-${keyBits}-cbc`,
};
