/**
 * The counter block that a packet in counter mode begins with (RFC 3686 §4).
 *
 *     nonce, 4 octets │ IV, 8 octets │ 1, 4 octets
 *
 * @module
 */
import { setU8, setU32, u8 } from '../octets/octets.ts';
import { AES_CTR } from './aes-ctr.ts';

const IV = AES_CTR.nonceLength;
const COUNTER = IV + AES_CTR.ivLength;
export const COUNTER_BLOCK_LENGTH = COUNTER + 4;

/** Writes the nonce and the first count to `block`, once for all packets. */
export function emitNonce(nonce: Uint8Array, block: Uint8Array): void {
  block.set(nonce);
  setU32(block, COUNTER, 1);
}

/** Writes the IV at `ivAt` of `octets` to `block`. */
export function emitCounterIv(octets: Uint8Array, ivAt: number, block: Uint8Array): void {
  for (let k = 0; k < AES_CTR.ivLength; k++) setU8(block, IV + k, u8(octets, ivAt + k));
}
