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
  const ports = load<u32>(at, 20);
  for (let k = 1; k < count; k++) {
    const other = at + k * stride;
    if (!sameIpv4(other, at) || load<u32>(other, 20) !== ports) return k;
  }
  return count;
}

/** As {@link alike}, of any protocol, as far as IP is concerned. */
export function alikeIpv4(at: usize, stride: i32, count: i32): i32 {
  for (let k = 1; k < count; k++) {
    if (!sameIpv4(at + k * stride, at)) return k;
  }
  return count;
}

/** Whether the plain IPv4 header at `a` is that at `b`, but for identification and checksum. */
export function sameIpv4(a: usize, b: usize): bool {
  // Version, type of service, length; flags; time to live, protocol; addresses.
  return (
    load<u32>(a) === load<u32>(b) &&
    load<u16>(a, 6) === load<u16>(b, 6) &&
    load<u16>(a, 8) === load<u16>(b, 8) &&
    load<u64>(a, 12) === load<u64>(b, 12)
  );
}
