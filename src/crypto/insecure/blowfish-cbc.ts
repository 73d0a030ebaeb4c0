/**
 * Blowfish in CBC mode (RFC 2451).
 *
 * @module
 */
import type { CipherAlgorithm } from '../algorithm.ts';
import { octetsFrom } from '../key-lengths.ts';

export const INSECURE_BLOWFISH_CBC: CipherAlgorithm = {
  kind: 'cipher',
  name: 'blowfish-cbc',
  setkey: ['blowfish-cbc'],
  racoon: ['blowfish'],
  linux: 'cbc(blowfish)',
  ikev2: { id: 7, name: 'ENCR_BLOWFISH' },
  rfc: 2451,
  weakness: 'its 64-bit block repeats too soon and RFC 8221 §5 forbids it',
  // RFC 2451 §2.2
  keyBits: octetsFrom(40, 448),
  nonceLength: 0,
  // RFC 2451 §3: the IV is as long as the block.
  ivLength: 8,
  // RFC 2451 §2.4
  blockLength: 8,
  openssl: () => 'bf-cbc',
};
