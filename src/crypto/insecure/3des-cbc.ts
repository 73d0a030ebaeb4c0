/**
 * Triple DES in CBC mode (RFC 2451).
 *
 * @module
 */
import { u8 } from '../../octets/octets.ts';
import type { CipherAlgorithm } from '../algorithm.ts';
import type { Secret } from '../secret.ts';

export const INSECURE_3DES_CBC: CipherAlgorithm = {
  kind: 'cipher',
  name: '3des-cbc',
  setkey: ['3des-cbc'],
  racoon: ['3des'],
  linux: 'cbc(des3_ede)',
  ikev2: { id: 3, name: 'ENCR_3DES' },
  rfc: 2451,
  weakness: 'its 64-bit block repeats too soon and RFC 8221 §5 advises against it',
  // RFC 2451 §2.2: three keys of 64 bits each, parity included
  keyBits: [192],
  nonceLength: 0,
  // RFC 2451 §3: the IV is as long as the block.
  ivLength: 8,
  // RFC 2451 §2.4
  blockLength: 8,
  openssl: () => 'des-ede3-cbc',
};

/**
 * Whether two neighbouring keys of `key` are the same but for parity, which turns 3DES into single
 * DES: whoever accepts keys MUST reject such a one (RFC 2451 §2.3). Contexts do not look.
 */
export function reducesToSingleDes(key: Secret): boolean {
  const octets = key.expose();
  return sameDesKey(octets, 0, 8) || sameDesKey(octets, 8, 16);
}

/** Whether the first and the last key of `key` are the same but for parity: two-key 3DES. */
export function hasTwoDesKeys(key: Secret): boolean {
  return sameDesKey(key.expose(), 0, 16);
}

/** Compares 56 of 64 bits: the lowest of each octet is parity (RFC 2451 §2.2). */
function sameDesKey(octets: Uint8Array, a: number, b: number): boolean {
  for (let k = 0; k < 8; k++) {
    if ((u8(octets, a + k) ^ u8(octets, b + k)) & 0xfe) return false;
  }
  return true;
}
