/**
 * Fragmentation of protected IPv4 packets (RFC 791 §3.2), after AH and ESP (RFC 4303 §3.3.4).
 *
 * @module
 */
import { type Packet, SCRATCH_LENGTH } from '../ipsec/packet.ts';
import {
  ipv4FragmentOffset,
  ipv4HeaderLength,
  ipv4MoreFragments,
  setIpv4Fragment,
  setIpv4TotalLength,
  updateIpv4Checksum,
} from '../wire/ipv4.ts';

/** Fragments carry a multiple of this many octets, the last one aside. */
const FRAGMENT_UNIT = 8;
/** Where the header waits while its fragments go: the transforms are done with their scratch. */
const SAVED_HEADER_AT = SCRATCH_LENGTH - 64;

/**
 * Cuts `packet` into fragments of at most `mtu` octets and has `transmit` send each; stops when that
 * returns `false`. Works in place: each fragment's header is written over the end of the one before
 * it, which is gone by then. IP options are repeated in every fragment. A fragment may be cut again.
 */
export function transmitFragments(
  packet: Packet,
  mtu: number,
  transmit: (packet: Packet) => boolean,
): boolean {
  const { octets } = packet.memory;
  const ipLength = ipv4HeaderLength(octets, packet.at);
  const chunk = Math.floor((mtu - ipLength) / FRAGMENT_UNIT) * FRAGMENT_UNIT;
  if (chunk <= 0) return false;
  const payloadAt = packet.at + ipLength;
  const payloadLength = packet.length - ipLength;
  const offsetBefore = ipv4FragmentOffset(octets, packet.at);
  const moreAfter = ipv4MoreFragments(octets, packet.at);
  octets.copyWithin(SAVED_HEADER_AT, packet.at, payloadAt);
  for (let offset = 0; offset < payloadLength; offset += chunk) {
    const length = Math.min(chunk, payloadLength - offset);
    const at = payloadAt + offset - ipLength;
    octets.copyWithin(at, SAVED_HEADER_AT, SAVED_HEADER_AT + ipLength);
    setIpv4TotalLength(octets, at, ipLength + length);
    const more = moreAfter || offset + length < payloadLength;
    setIpv4Fragment(octets, at, false, more, offsetBefore + offset);
    updateIpv4Checksum(octets, at);
    packet.at = at;
    packet.length = ipLength + length;
    if (!transmit(packet)) return false;
  }
  return true;
}
