/**
 * AES in Galois/counter mode: GCM (RFC 4106), and GMAC, which encrypts nothing (RFC 4543).
 *
 * @module
 */
import type { AeadAlgorithm } from './algorithm.ts';

export const AES_GCM_16: AeadAlgorithm = {
  kind: 'aead',
  name: 'aes-gcm-16',
  setkey: ['aes-gcm-16'],
  racoon: [],
  linux: 'rfc4106(gcm(aes))',
  ikev2: { id: 20, name: 'ENCR_AES_GCM_16' },
  rfc: 4106,
  weakness: null,
  // RFC 4106 §8.1: 128, 192 or 256 bits of key, and then the salt
  keyBits: [160, 224, 288],
  saltLength: 4,
  // RFC 4106 §3.1
  ivLength: 8,
  // None but ESP's own alignment
  blockLength: 1,
  // RFC 4106 §6: the shorter ones, optional, are not offered.
  icvLength: 16,
  encrypts: true,
  mode: 'gcm',
  openssl: (keyBits) => `aes-${keyBits - 32}-gcm`,
};

export const AES_GMAC: AeadAlgorithm = {
  kind: 'aead',
  name: 'aes-gmac',
  setkey: ['aes-gmac'],
  racoon: [],
  linux: 'rfc4543(gcm(aes))',
  ikev2: { id: 21, name: 'ENCR_NULL_AUTH_AES_GMAC' },
  rfc: 4543,
  weakness: null,
  // RFC 4543 §5.1: as GCM
  keyBits: [160, 224, 288],
  saltLength: 4,
  // RFC 4543 §3.1
  ivLength: 8,
  // None but ESP's own alignment
  blockLength: 1,
  // RFC 4543 §3.4
  icvLength: 16,
  encrypts: false,
  mode: 'gcm',
  openssl: (keyBits) => `aes-${keyBits - 32}-gcm`,
};
