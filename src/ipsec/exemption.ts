/**
 * Packets that go in the clear whatever policies say.
 *
 * @module
 */
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { u8, u16, u32 } from '../octets/octets.ts';
import { KEEPALIVE_LENGTH, NON_ESP_MARKER, NON_ESP_MARKER_LENGTH } from '../wire/esp-in-udp.ts';
import { ICMPV6_TYPE } from '../wire/icmpv6.ts';
import type { IpHeader } from '../wire/ip.ts';
import { UDP_HEADER_LENGTH, udpDestinationPort, udpLength, udpSourcePort } from '../wire/udp.ts';

/** IKE (RFC 7296 §2), and IKE beside ESP in UDP (RFC 3948 §2.2). */
export const IKE_PORT = 500;
export const NAT_TRAVERSAL_PORT = 4500;

const IKE_HEADER_LENGTH = 28;
const IKE_VERSION = 17;
const IKE_LENGTH = 24;

/**
 * Whether the packet with `header`, of which `captured` octets are in `octets`, is Neighbour
 * Discovery (RFC 4861), without which there is no link; IKE, which makes the SAs; or stays in its
 * host.
 */
export function isExempt(octets: Uint8Array, header: IpHeader, captured: number): boolean {
  switch (header.nextLayerProtocol) {
    case IP_PROTOCOL['ipv6-icmp']:
      if (isNeighbourDiscovery(octets, header)) return true;
      break;
    case IP_PROTOCOL.udp:
      if (isIke(octets, header, captured)) return true;
      break;
  }
  return isLoopback(octets, header);
}

/** Neighbour Discovery (RFC 4861). */
export function isNeighbourDiscovery(octets: Uint8Array, header: IpHeader): boolean {
  if (header.version !== 6 || header.fragmentOffset > 0) return false;
  const type = u8(octets, header.nextLayerAt);
  return type >= ICMPV6_TYPE.ROUTER_SOLICITATION && type <= ICMPV6_REDIRECT;
}

const ICMPV6_REDIRECT = 137;

function isIke(octets: Uint8Array, header: IpHeader, captured: number): boolean {
  const at = header.nextLayerAt;
  if (header.fragmentOffset > 0 || at - header.at + UDP_HEADER_LENGTH > captured) return false;
  const ports = [udpSourcePort(octets, at), udpDestinationPort(octets, at)];
  const length = udpLength(octets, at) - UDP_HEADER_LENGTH;
  const payloadAt = at + UDP_HEADER_LENGTH;
  if (ports.includes(NAT_TRAVERSAL_PORT)) {
    if (length === KEEPALIVE_LENGTH) return true;
    const marker = NON_ESP_MARKER_LENGTH;
    const isMarked = length >= marker && u32(octets, payloadAt) === NON_ESP_MARKER;
    return isMarked && isIkeMessage(octets, payloadAt + marker, length - marker);
  }
  return ports.includes(IKE_PORT) && isIkeMessage(octets, payloadAt, length);
}

/** The header says of which version it is, and how long (RFC 7296 §3.1, RFC 2408 §3.1). */
function isIkeMessage(octets: Uint8Array, at: number, length: number): boolean {
  if (length < IKE_HEADER_LENGTH) return false;
  const major = u8(octets, at + IKE_VERSION) >>> 4;
  return (major === 1 || major === 2) && u32(octets, at + IKE_LENGTH) >= IKE_HEADER_LENGTH;
}

/** Whether the packet goes from 127.0.0.0/8 to 127.0.0.0/8, or from ::1 to ::1 (RFC 6890). */
export function isLoopback(
  octets: Uint8Array,
  { version, sourceAt, destinationAt }: IpHeader,
): boolean {
  if (version === 4) return u8(octets, sourceAt) === 127 && u8(octets, destinationAt) === 127;
  return isOne(octets, sourceAt) && isOne(octets, destinationAt);
}

function isOne(octets: Uint8Array, at: number): boolean {
  for (let k = 0; k < 14; k += 2) if (u16(octets, at + k) !== 0) return false;
  return u16(octets, at + 14) === 1;
}
