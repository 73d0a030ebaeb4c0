/**
 * What may change in an IPv6 header and its extension headers on their way, and so counts as zero in
 * AH's ICV (RFC 4302 §3.3.3.1.2, Appendix A2).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Version|#DSCP, ECN#####|#Flow Label############################|
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         Payload Length        |  Next Header  |##Hop Limit####|
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Of hop-by-hop and destination options those are mutable whose type says so, in its third bit; the
 * type and the length of each count all the same. A routing header counts as it stands when its last
 * stop is reached (Segments Left 0), with the destination of that moment: a packet with stops left
 * is refused, for this host neither sends such packets nor is their last stop.
 *
 * @module
 */
import { setU8, setU32, u8 } from '../octets/octets.ts';
import {
  IPV6_EXTENSION,
  IPV6_EXTENSION_UNIT,
  IPV6_FRAGMENT_LENGTH,
  IPV6_HEADER_LENGTH,
  ipv6ExtensionLength,
  ipv6ExtensionNextHeader,
  ipv6NextHeader,
} from './ipv6.ts';

const HOP_LIMIT = 7;
const SEGMENTS_LEFT = 3;
const VERSION_ALONE = 0x60000000;

const PAD1 = 0;
const MUTABLE = 0x20;

/**
 * Zeroes in place whatever is mutable in the checked IPv6 header at `at` and the extension headers
 * within the first `length` octets. Returns `false` when they are malformed or their final form
 * cannot be told; the headers are then half done, and the packet is to be discarded.
 */
export function zeroMutableIpv6(octets: Uint8Array, at: number, length: number): boolean {
  setU32(octets, at, VERSION_ALONE);
  setU8(octets, at + HOP_LIMIT, 0);
  const end = at + length;
  let type = ipv6NextHeader(octets, at);
  let extension = at + IPV6_HEADER_LENGTH;
  while (extension < end) {
    if (extension + IPV6_EXTENSION_UNIT > end) return false;
    const next = ipv6ExtensionNextHeader(octets, extension);
    const extensionLength =
      type === IPV6_EXTENSION.FRAGMENT
        ? IPV6_FRAGMENT_LENGTH
        : ipv6ExtensionLength(octets, extension);
    if (extension + extensionLength > end) return false;
    if (!zeroMutableExtension(octets, extension, extensionLength, type)) return false;
    type = next;
    extension += extensionLength;
  }
  return true;
}

function zeroMutableExtension(
  octets: Uint8Array,
  at: number,
  length: number,
  type: number,
): boolean {
  switch (type) {
    case IPV6_EXTENSION.HOP_BY_HOP_OPTIONS:
    case IPV6_EXTENSION.DESTINATION_OPTIONS:
      return zeroMutableOptions(octets, at + 2, at + length);
    case IPV6_EXTENSION.ROUTING:
      return u8(octets, at + SEGMENTS_LEFT) === 0;
    default:
      return true;
  }
}

function zeroMutableOptions(octets: Uint8Array, from: number, end: number): boolean {
  let option = from;
  while (option < end) {
    const type = u8(octets, option);
    if (type === PAD1) {
      option++;
      continue;
    }
    if (option + 2 > end) return false;
    const dataAt = option + 2;
    const dataEnd = dataAt + u8(octets, option + 1);
    if (dataEnd > end) return false;
    if ((type & MUTABLE) !== 0) octets.fill(0, dataAt, dataEnd);
    option = dataEnd;
  }
  return true;
}
