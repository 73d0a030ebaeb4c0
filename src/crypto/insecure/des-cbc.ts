/**
 * Single DES in CBC mode (RFC 2405).
 *
 * @module
 */
import type { CipherAlgorithm } from '../algorithm.ts';

export const INSECURE_DES_CBC: CipherAlgorithm = {
  kind: 'cipher',
  name: 'des-cbc',
  setkey: ['des-cbc'],
  racoon: ['des'],
  linux: 'cbc(des)',
  ikev2: { id: 2, name: 'ENCR_DES' },
  rfc: 2405,
  weakness: '56 bits of key are found in a day and RFC 8221 §5 forbids it',
  // RFC 2405 §2: 56 bits and eight of parity
  keyBits: [64],
  nonceLength: 0,
  // RFC 2405 §3: the IV is as long as the block.
  ivLength: 8,
  // RFC 2405 §2
  blockLength: 8,
  openssl: () => 'des-cbc',
};
