/**
 * Internet checksums (RFC 1071), 16 octets at a time.
 *
 * Integers are read as a little-endian machine likes it: the sum of words with their octets swapped is the
 * sum with its octets swapped (§2). Two sums are under way, so that neither addition waits for the other.
 *
 * @module
 */

/** The one's complement sum of up to 2^16 octets at `at`, below 2^16: a part of a running sum. */
export function sum(at: usize, length: i32): i32 {
  let even = i32x4.splat(0);
  let odd = i32x4.splat(0);
  let from = at;
  let rest = length;
  for (; rest >= 64; rest -= 64, from += 64) {
    even = plus(even, v128.load(from));
    odd = plus(odd, v128.load(from, 16));
    even = plus(even, v128.load(from, 32));
    odd = plus(odd, v128.load(from, 48));
  }
  for (; rest >= 16; rest -= 16, from += 16) even = plus(even, v128.load(from));
  let total = addedUp(i32x4.add(even, odd));
  for (; rest >= 2; rest -= 2, from += 2) total += load<u16>(from);
  if (rest > 0) total += load<u8>(from);
  return swapped(total);
}

/** Copies up to 2^16 octets from `from` to `to`, which do not overlap; their {@link sum}. */
export function copy(to: usize, from: usize, length: i32): i32 {
  let even = i32x4.splat(0);
  let odd = i32x4.splat(0);
  let source = from;
  let target = to;
  let rest = length;
  for (; rest >= 64; rest -= 64, source += 64, target += 64) {
    const first = v128.load(source);
    const second = v128.load(source, 16);
    const third = v128.load(source, 32);
    const fourth = v128.load(source, 48);
    v128.store(target, first);
    v128.store(target, second, 16);
    v128.store(target, third, 32);
    v128.store(target, fourth, 48);
    even = plus(plus(even, first), third);
    odd = plus(plus(odd, second), fourth);
  }
  for (; rest >= 16; rest -= 16, source += 16, target += 16) {
    const octets = v128.load(source);
    v128.store(target, octets);
    even = plus(even, octets);
  }
  let total = addedUp(i32x4.add(even, odd));
  for (; rest >= 2; rest -= 2, source += 2, target += 2) {
    const word = load<u16>(source);
    store<u16>(target, word);
    total += word;
  }
  if (rest > 0) {
    const octet = load<u8>(source);
    store<u8>(target, octet);
    total += octet;
  }
  return swapped(total);
}

/** The checksum field for the running sum `running`. */
export function checksumOf(running: i64): u16 {
  let folded = running;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >> 16);
  return <u16>(folded ^ 0xffff);
}

function plus(total: v128, octets: v128): v128 {
  return i32x4.add(total, i32x4.extadd_pairwise_i16x8_u(octets));
}

function addedUp(lanes: v128): u32 {
  return (
    i32x4.extract_lane(lanes, 0) +
    i32x4.extract_lane(lanes, 1) +
    i32x4.extract_lane(lanes, 2) +
    i32x4.extract_lane(lanes, 3)
  );
}

/** Of what was read with its octets swapped. */
function swapped(total: u32): i32 {
  let folded = (total & 0xffff) + (total >> 16);
  folded = (folded & 0xffff) + (folded >> 16);
  return ((folded & 0xff) << 8) | (folded >> 8);
}
