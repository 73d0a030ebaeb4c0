/**
 * Fragmentation of protected packets (RFC 791 §3.2, RFC 8200 §4.5), after AH and ESP (RFC 4303
 * §3.3.4).
 *
 * Works in place: each fragment's headers are written over the end of the one before it, which is
 * gone by then.
 *
 * @module
 */
import { type Packet, SCRATCH } from '../ipsec/packet.ts';
import { u8 } from '../octets/octets.ts';
import {
  finishIpHeader,
  newIpHeader,
  readIp,
  setIpProtocol,
  setIpTotalLength,
} from '../wire/ip.ts';
import { ipv4FragmentOffset, ipv4MoreFragments, setIpv4Fragment } from '../wire/ipv4.ts';
import { emitIpv6Fragment, IPV6_EXTENSION, IPV6_FRAGMENT_LENGTH } from '../wire/ipv6.ts';

/** Fragments carry a multiple of this many octets, the last one aside. */
const FRAGMENT_UNIT = 8;
/** Longer headers have no place to wait while their fragments go. */
const LONGEST_HEADER = 256;

const header = newIpHeader();

/**
 * Cuts `packet` into fragments of at most `mtu` octets and has `transmit` send each; stops when that
 * returns `false`. What has to be in every fragment, IPv4 options and the extension headers that
 * routers look at, is repeated. An IPv4 fragment may be cut again; of IPv6, whose fragments are all
 * made by the sender, `identification` tells one packet's from another's.
 */
export function transmitFragments(
  packet: Packet,
  mtu: number,
  identification: number,
  transmit: (packet: Packet) => boolean,
): boolean {
  const { octets } = packet.memory;
  if (!readIp(header, octets, packet.at, packet.length)) return false;
  const extra = header.version === 4 ? 0 : IPV6_FRAGMENT_LENGTH;
  const { length: headerLength, version } = header;
  const chunk = Math.floor((mtu - headerLength - extra) / FRAGMENT_UNIT) * FRAGMENT_UNIT;
  if (chunk <= 0 || headerLength > LONGEST_HEADER) return false;
  if (version === 6 && header.isFragment) return false;
  const protocolOffset = header.protocolAt - header.at;
  const protocol = u8(octets, header.protocolAt);
  const payloadAt = packet.at + headerLength;
  const payloadLength = packet.length - headerLength;
  const offsetBefore = version === 4 ? ipv4FragmentOffset(octets, packet.at) : 0;
  const moreAfter = version === 4 && ipv4MoreFragments(octets, packet.at);
  octets.copyWithin(SCRATCH.fragmentHeader, packet.at, payloadAt);
  for (let offset = 0; offset < payloadLength; offset += chunk) {
    const length = Math.min(chunk, payloadLength - offset);
    const at = payloadAt + offset - extra - headerLength;
    const more = moreAfter || offset + length < payloadLength;
    octets.copyWithin(at, SCRATCH.fragmentHeader, SCRATCH.fragmentHeader + headerLength);
    header.at = at;
    header.protocolAt = at + protocolOffset;
    setIpTotalLength(octets, header, headerLength + extra + length);
    if (version === 4) {
      setIpv4Fragment(octets, at, false, more, offsetBefore + offset);
      finishIpHeader(octets, header);
    } else {
      setIpProtocol(octets, header, IPV6_EXTENSION.FRAGMENT);
      emitIpv6Fragment(protocol, offset, more, identification, octets, at + headerLength);
    }
    packet.at = at;
    packet.length = headerLength + extra + length;
    if (!transmit(packet)) return false;
  }
  return true;
}
