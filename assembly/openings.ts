/**
 * What is looked at in a train of ESP packets on their way in (RFC 4303 §3.4).
 *
 * @module
 */
import { ESP_SEQUENCE_NUMBER } from './headers';
import { get16, get32 } from './octets';

/**
 * How many of the `count` ESP packets at `at`, `stride` octets from one to the next, are of SA `spi` and are
 * numbered one by one from `sequenceNumber` on: those before the first that is not.
 */
export function consecutive(
  at: usize,
  stride: i32,
  count: i32,
  spi: u32,
  sequenceNumber: u32,
): i32 {
  for (let k = 0; k < count; k++) {
    const header = at + k * stride;
    const number = sequenceNumber + k;
    // The counter does not wrap (§3.3.3).
    if (number === 0) return k;
    if (get32(header) !== spi || get32(header + ESP_SEQUENCE_NUMBER) !== number) return k;
  }
  return count;
}

/**
 * Of `count` plaintexts, how many end in the pad length and the next header that `trailer` has, as one number:
 * those before the first that does not. Their trailers stand at `at`, `stride` octets from one to the next.
 */
export function endAlike(at: usize, stride: i32, count: i32, trailer: i32): i32 {
  for (let k = 0; k < count; k++) {
    if (get16(at + k * stride) !== trailer) return k;
  }
  return count;
}
