/**
 * CAST-128 in CBC mode (RFC 2451, RFC 2144).
 *
 * @module
 */
import type { CipherAlgorithm } from '../algorithm.ts';
import { octetsFrom } from '../key-lengths.ts';

export const INSECURE_CAST128_CBC: CipherAlgorithm = {
  kind: 'cipher',
  name: 'cast128-cbc',
  setkey: ['cast128-cbc'],
  racoon: ['cast128'],
  linux: 'cbc(cast5)',
  ikev2: { id: 6, name: 'ENCR_CAST' },
  rfc: 2451,
  weakness: 'its 64-bit block repeats too soon and RFC 9395 retires it',
  // RFC 2451 §2.2; up to 80 bits, there are twelve rounds instead of sixteen (RFC 2144 §2.5).
  keyBits: octetsFrom(40, 128),
  nonceLength: 0,
  // RFC 2451 §3: the IV is as long as the block.
  ivLength: 8,
  // RFC 2451 §2.4
  blockLength: 8,
  openssl: () => 'cast5-cbc',
};
