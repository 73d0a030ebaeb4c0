/**
 * Octets in network order, and words of them.
 *
 * @module
 */

export function get16(at: usize): i32 {
  return bswap<u16>(load<u16>(at));
}

export function put16(at: usize, value: i32): void {
  store<u16>(at, bswap<u16>(<u16>value));
}

export function get32(at: usize): u32 {
  return bswap<u32>(load<u32>(at));
}

export function put32(at: usize, value: u32): void {
  store<u32>(at, bswap<u32>(value));
}

/** Copies `length` octets, a multiple of four, as all headers are. */
export function copyWords(to: usize, from: usize, length: i32): void {
  for (let k = 0; k < length; k += 4) store<u32>(to + k, load<u32>(from + k));
}
