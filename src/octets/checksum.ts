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

/**
 * As {@link sumOctets}, on a view of the octets, for up to 2^16 octets: much faster for long payloads.
 *
 * Sixteen octets at a time are read as a little-endian machine likes it, and their halves added up
 * apart, as integers. The sum of words with their octets swapped is the sum with its octets swapped
 * (RFC 1071 §2).
 */
export function sumView(view: DataView, at: number, length: number, sum = 0): number {
  const end = at + length;
  const lastBlock = end - (length & 15);
  let low = 0;
  let high = 0;
  let place = at;
  for (; place < lastBlock; place += 16) {
    const a = view.getInt32(place, true);
    const b = view.getInt32(place + 4, true);
    const c = view.getInt32(place + 8, true);
    const d = view.getInt32(place + 12, true);
    low = (low + (a & 0xffff) + (b & 0xffff) + (c & 0xffff) + (d & 0xffff)) | 0;
    high = (high + (a >>> 16) + (b >>> 16) + (c >>> 16) + (d >>> 16)) | 0;
  }
  let total = sum + swapped(low + high);
  for (; place + 2 <= end; place += 2) total += view.getUint16(place);
  if (place < end) total += view.getUint8(place) << 8;
  return total;
}

/** The running sum of 16-bit words whose octets were swapped. */
function swapped(sum: number): number {
  const folded = checksumOf(sum) ^ 0xffff;
  return ((folded & 0xff) << 8) | (folded >>> 8);
}

/** The checksum field for the running sum `sum`. */
export function checksumOf(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return folded ^ 0xffff;
}
