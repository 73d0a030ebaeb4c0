/**
 * What the packets of a train have in common.
 *
 * @module
 */

/**
 * How many of `count` packets of UDP in plain IPv4 at `at`, `stride` octets from one to the next, differ from
 * the first in nothing but identification, checksums and payload: version and class, length, DF, time to live
 * and protocol, addresses, ports.
 */
export function alike(at: usize, stride: i32, count: i32): i32 {
  const start = load<u32>(at);
  const fragment = load<u16>(at, 6);
  const ttl = load<u16>(at, 8);
  const addresses = load<u64>(at, 12);
  const ports = load<u32>(at, 20);
  for (let k = 1; k < count; k++) {
    const other = at + k * stride;
    if (
      load<u32>(other) !== start ||
      load<u16>(other, 6) !== fragment ||
      load<u16>(other, 8) !== ttl ||
      load<u64>(other, 12) !== addresses ||
      load<u32>(other, 20) !== ports
    ) {
      return k;
    }
  }
  return count;
}
