/**
 * Keys of DES: parity, and the keys that must not be used (FIPS 74, RFC 2405 §2.4).
 *
 * @module
 */

import { toHex } from '../../octets/hex.ts';
import { u8 } from '../../octets/octets.ts';

/** Octets of a key, one bit of each for parity. */
export const DES_KEY_LENGTH = 8;

/** Gives every octet of `key` an odd number of bits that are set, by its lowest bit. */
export function setOddParity(key: Uint8Array): void {
  for (let at = 0; at < key.length; at++) {
    const bits = u8(key, at) & 0xfe;
    key[at] = bits | (isOdd(bits) ? 0 : 1);
  }
}

/**
 * Whether `key`, of odd parity, is one of the sixteen that undo themselves or one another: a second
 * encryption under such a key, or under its partner, deciphers.
 */
export function isWeakDesKey(key: Uint8Array): boolean {
  return WEAK_KEYS.has(toHex(key));
}

function isOdd(bits: number): boolean {
  let odd = bits;
  for (const shift of [4, 2, 1]) odd ^= odd >> shift;
  return (odd & 1) === 1;
}

/** The four weak keys, and the twelve semi-weak ones in pairs. */
const WEAK_KEYS: ReadonlySet<string> = new Set([
  ...['0101010101010101', 'fefefefefefefefe', '1f1f1f1f0e0e0e0e', 'e0e0e0e0f1f1f1f1'],
  ...['01fe01fe01fe01fe', 'fe01fe01fe01fe01'],
  ...['1fe01fe00ef10ef1', 'e01fe01ff10ef10e'],
  ...['01e001e001f101f1', 'e001e001f101f101'],
  ...['1ffe1ffe0efe0efe', 'fe1ffe1ffe0efe0e'],
  ...['011f011f010e010e', '1f011f010e010e01'],
  ...['e0fee0fef1fef1fe', 'fee0fee0fef1fef1'],
]);
