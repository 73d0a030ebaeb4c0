/**
 * A train of segments, cut from a packet that the host handed over larger than any wire takes
 * (`dataplane/segmentation.ts`).
 *
 * @module
 */
import {
  IPV4_CHECKSUM,
  IPV4_IDENTIFICATION,
  IPV4_TOTAL_LENGTH,
  IPV6_HEADER_LENGTH,
  IPV6_PAYLOAD_LENGTH,
  TCP_CHECKSUM,
  TCP_FLAGS,
  TCP_SEQUENCE_NUMBER,
  UDP_CHECKSUM,
  UDP_LENGTH,
} from './headers';
import { copyWords, get16, put16 } from './octets';
import { checksumOf, copy } from './sums';

/** Only the last segment says that the sender is done, or wants to be read at once: FIN and PSH, ... */
const FLAGS_OF_LAST = 0x09;
/** ... and only the first that the window was cut (RFC 3168 §6.1.2): CWR. */
const FLAGS_OF_FIRST = 0x80;

/**
 * Puts `count` segments at `to`, `stride` octets from one to the next: of the packet at `at`, cut to `size`
 * octets of payload each, from number `first` on. They have all its headers, of `headerLength` octets up to the
 * payload, without the flags of the first and of the last; `ipLength` of these are IP's. `ipSum` is over what
 * their IPv4 headers have in common, `sum` over what their other checksums have.
 */
export function cut(
  to: usize,
  stride: i32,
  count: i32,
  at: usize,
  headerLength: i32,
  ipLength: i32,
  size: i32,
  first: i32,
  ipSum: i32,
  sum: i32,
  isTcp: bool,
): void {
  const length = headerLength + size;
  const transportLength = length - ipLength;
  const isIpv4 = load<u8>(at) >> 4 === 4;
  const identification = get16(at + IPV4_IDENTIFICATION);
  const sequenceNumber = bswap(load<u32>(at + ipLength, TCP_SEQUENCE_NUMBER));
  const flags = load<u8>(at + ipLength, TCP_FLAGS) & ~(FLAGS_OF_LAST | FLAGS_OF_FIRST);
  for (let k = 0; k < count; k++) {
    const segment = to + k * stride;
    const offset = (first + k) * size;
    copyWords(segment, at, headerLength);
    const payloadSum = copy(segment + headerLength, at + headerLength + offset, size);
    if (isIpv4) {
      const number = (identification + first + k) & 0xffff;
      put16(segment + IPV4_TOTAL_LENGTH, length);
      put16(segment + IPV4_IDENTIFICATION, number);
      put16(segment + IPV4_CHECKSUM, checksumOf(ipSum + length + number));
    } else {
      put16(segment + IPV6_PAYLOAD_LENGTH, length - IPV6_HEADER_LENGTH);
    }
    const transport = segment + ipLength;
    if (isTcp) {
      const number: u32 = sequenceNumber + offset;
      store<u32>(transport, bswap(number), TCP_SEQUENCE_NUMBER);
      store<u8>(transport, flags, TCP_FLAGS);
      const all = <i64>sum + number + flags + transportLength + payloadSum;
      put16(transport + TCP_CHECKSUM, checksumOf(all));
    } else {
      put16(transport + UDP_LENGTH, transportLength);
      // The length counts in the pseudo-header and in the header.
      const checksum = checksumOf(<i64>sum + 2 * transportLength + payloadSum);
      // Zero means "none" in UDP (RFC 768).
      put16(transport + UDP_CHECKSUM, checksum === 0 ? 0xffff : checksum);
    }
  }
}
