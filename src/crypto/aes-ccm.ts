/**
 * AES in counter mode with CBC-MAC: CCM (RFC 4309).
 *
 * @module
 */
import type { AeadAlgorithm } from './algorithm.ts';

export const AES_CCM_16: AeadAlgorithm = {
  kind: 'aead',
  name: 'aes-ccm-16',
  setkey: ['aes-ccm-16'],
  racoon: [],
  linux: 'rfc4309(ccm(aes))',
  ikev2: { id: 16, name: 'ENCR_AES_CCM_16' },
  rfc: 4309,
  weakness: null,
  // RFC 4309 §7.1: 128, 192 or 256 bits of key, and then the salt
  keyBits: [152, 216, 280],
  saltLength: 3,
  // RFC 4309 §3.1
  ivLength: 8,
  // None but ESP's own alignment
  blockLength: 1,
  // RFC 4309 §6: the shorter ones are not offered.
  icvLength: 16,
  encrypts: true,
  mode: 'ccm',
  openssl: (keyBits) => `aes-${keyBits - 24}-ccm`,
};
