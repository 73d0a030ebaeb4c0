/**
 * ChaCha20 with Poly1305 (RFC 7634).
 *
 * @module
 */
import type { AeadAlgorithm } from './algorithm.ts';

export const CHACHA20_POLY1305: AeadAlgorithm = {
  kind: 'aead',
  name: 'chacha20-poly1305',
  setkey: ['chacha20-poly1305'],
  racoon: [],
  linux: 'rfc7539esp(chacha20,poly1305)',
  ikev2: { id: 28, name: 'ENCR_CHACHA20_POLY1305' },
  rfc: 7634,
  weakness: null,
  // RFC 7634 §2: 256 bits of key, and then the salt
  keyBits: [288],
  saltLength: 4,
  // RFC 7634 §2
  ivLength: 8,
  // None but ESP's own alignment
  blockLength: 1,
  // RFC 7634 §2
  icvLength: 16,
  encrypts: true,
  mode: 'chacha20-poly1305',
  openssl: () => 'chacha20-poly1305',
};
