/**
 * The Internet checksum (RFC 1071).
 *
 * @module
 */
import { u8, u16 } from './octets.ts';

/**
 * Adds `length` octets at `at` to the running one's complement sum `sum`; an odd last octet counts
 * as the high half of a word. Up to 2^37 octets may be summed before {@link checksumOf}.
 */
export function sumOctets(octets: Uint8Array, at: number, length: number, sum = 0): number {
  const end = at + (length & ~1);
  let total = sum;
  for (let word = at; word < end; word += 2) total += u16(octets, word);
  if (length & 1) total += u8(octets, end) << 8;
  return total;
}

/** A running sum that is to `a` as if `b` had never been added (§2). */
export function difference(a: number, b: number): number {
  const MODULUS = 0xffff;
  return (a % MODULUS) + MODULUS - (b % MODULUS);
}

/** The checksum field for the running sum `sum`. */
export function checksumOf(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return folded ^ 0xffff;
}
