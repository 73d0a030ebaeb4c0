/**
 * Packets of a train appended to one that grows on its way to the host (`dataplane/joining.ts`).
 *
 * All have headers of `headerLength` octets, `ipLength` of these IP's, and `size` octets of payload, as the
 * first of the packet under way had; its headers stand at `first`. `sum` is over what the checksums of all
 * have in common; these are verified with `isSummed`. With `hasIp` their IP headers are there and compared; else it
 * is known that they would say what that at `first` does.
 *
 * @module
 */
import { sameIpv4 } from './alike';
import {
  TCP_ACKNOWLEDGMENT_NUMBER,
  TCP_CHECKSUM,
  TCP_DATA_OFFSET,
  TCP_FLAGS,
  TCP_OPTIONS,
  TCP_SEQUENCE_NUMBER,
  UDP_CHECKSUM,
  UDP_LENGTH,
} from './headers';
import { get16, get32 } from './octets';
import { checksumOf, copy } from './sums';

const PSH = 0x08;
/** Where PSH stands in the word at the data offset, as this machine reads words. */
const PSH_IN_WORD: u32 = PSH << 8;

/**
 * Puts to `to` the payloads of the `count` TCP segments at `at`, `stride` octets from one to the next, the
 * first of which has to be numbered `sequenceNumber`. Returns how many there are before the first that says
 * something else or whose checksum does not hold; behind one with PSH none is looked at.
 */
export function joinTcp(
  to: usize,
  first: usize,
  at: usize,
  stride: i32,
  count: i32,
  ipLength: i32,
  headerLength: i32,
  size: i32,
  sequenceNumber: u32,
  sum: i32,
  hasIp: bool,
  isSummed: bool,
): i32 {
  const ownLength = headerLength - ipLength;
  const isIpv4 = load<u8>(first) >> 4 === 4;
  for (let k = 0; k < count; k++) {
    const packet = at + k * stride;
    const header = packet + ipLength;
    const number: u32 = sequenceNumber + k * size;
    if (hasIp && !sameIp(packet, first, isIpv4)) return k;
    if (get32(header + TCP_SEQUENCE_NUMBER) !== number) return k;
    if (!sameTcp(header, first + ipLength, ownLength)) return k;
    const flags = load<u8>(header, TCP_FLAGS);
    const payloadSum = copy(to + k * size, packet + headerLength, size);
    const own = <i64>number + flags + get16(header + TCP_CHECKSUM) + ownLength + size;
    if (isSummed && checksumOf(own + sum + payloadSum) !== 0) return k;
    if ((flags & PSH) !== 0) return k + 1;
  }
  return count;
}

/** As {@link joinTcp}, of UDP datagrams, which have neither numbers nor an end. */
export function joinUdp(
  to: usize,
  first: usize,
  at: usize,
  stride: i32,
  count: i32,
  ipLength: i32,
  headerLength: i32,
  size: i32,
  sum: i32,
  hasIp: bool,
  isSummed: bool,
): i32 {
  const ownLength = headerLength - ipLength + size;
  const isIpv4 = load<u8>(first) >> 4 === 4;
  for (let k = 0; k < count; k++) {
    const packet = at + k * stride;
    const header = packet + ipLength;
    if (hasIp && !sameIp(packet, first, isIpv4)) return k;
    // Ports.
    if (load<u32>(header) !== load<u32>(first + ipLength)) return k;
    const checksum = get16(header + UDP_CHECKSUM);
    // Zero means "none" (RFC 768).
    if (checksum === 0 || get16(header + UDP_LENGTH) !== ownLength) return k;
    const payloadSum = copy(to + k * size, packet + headerLength, size);
    // The length counts in the pseudo-header and in the header.
    const all = <i64>sum + 2 * ownLength + checksum + payloadSum;
    if (isSummed && checksumOf(all) !== 0) return k;
  }
  return count;
}

/** Whether the IP header at `a` is that at `b`, but for identification and checksum. */
function sameIp(a: usize, b: usize, isIpv4: bool): bool {
  if (isIpv4) return sameIpv4(a, b);
  return (
    load<u64>(a) === load<u64>(b) &&
    load<u64>(a, 8) === load<u64>(b, 8) &&
    load<u64>(a, 16) === load<u64>(b, 16) &&
    load<u64>(a, 24) === load<u64>(b, 24) &&
    load<u64>(a, 32) === load<u64>(b, 32)
  );
}

/** Whether the TCP header at `a` is that at `b`, but for number, checksum and PSH. */
function sameTcp(a: usize, b: usize, length: i32): bool {
  if (load<u32>(a) !== load<u32>(b)) return false;
  if (load<u32>(a, TCP_ACKNOWLEDGMENT_NUMBER) !== load<u32>(b, TCP_ACKNOWLEDGMENT_NUMBER)) {
    return false;
  }
  // Data offset, flags, window.
  const difference = load<u32>(a, TCP_DATA_OFFSET) ^ load<u32>(b, TCP_DATA_OFFSET);
  if ((difference & ~PSH_IN_WORD) !== 0) return false;
  for (let k = TCP_OPTIONS; k < length; k += 4) {
    if (load<u32>(a + k) !== load<u32>(b + k)) return false;
  }
  return true;
}
