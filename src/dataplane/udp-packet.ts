/**
 * Packets of UDP that the data plane itself has to say: keepalives, and messages of IKE from ports that
 * ESP comes to.
 *
 * @module
 */
import type { Packet } from '../ipsec/packet.ts';
import type { UdpEnd } from '../ipsec/sa-parameters.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { emitIpv4Header, IPV4_HEADER_LENGTH, IPV4_SOURCE } from '../wire/ipv4.ts';
import { emitIpv6Header, IPV6_HEADER_LENGTH, IPV6_SOURCE } from '../wire/ipv6.ts';
import { emitUdpHeader, UDP_HEADER_LENGTH, updateUdpChecksum } from '../wire/udp.ts';

/** The longest payload that a packet of either IP version takes. */
export const LONGEST_UDP_PAYLOAD: number = 0xffff - IPV6_HEADER_LENGTH - UDP_HEADER_LENGTH;

const HOP_LIMIT = 64;
const IPV4_FIELDS = { typeOfService: 0, identification: 0, dontFragment: false, ttl: HOP_LIMIT };
const IPV6_FIELDS = { trafficClass: 0, flowLabel: 0, hopLimit: HOP_LIMIT };

/**
 * Makes a packet at `packet.at`, where there is room for it: `payload`, from one end to the other. Under
 * IPv4 it has no checksum, unless it is to be `summed`.
 */
export function makeUdpPacket(
  source: UdpEnd,
  destination: UdpEnd,
  payload: Uint8Array,
  packet: Packet,
  summed: boolean,
): void {
  const { octets } = packet.memory;
  const { at } = packet;
  const ends = { source: source.address, destination: destination.address };
  const length = UDP_HEADER_LENGTH + payload.length;
  const protocol = IP_PROTOCOL.udp;
  const { version } = destination.address;
  const udpAt = at + (version === 4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH);
  emitUdpHeader(source.port, destination.port, length, octets, udpAt);
  octets.set(payload, udpAt + UDP_HEADER_LENGTH);
  if (version === 4) {
    const totalLength = IPV4_HEADER_LENGTH + length;
    emitIpv4Header({ ...IPV4_FIELDS, ...ends, totalLength, protocol }, octets, at);
    if (summed) updateUdpChecksum(octets, udpAt, length, at + IPV4_SOURCE, 8);
  } else {
    const header = { ...IPV6_FIELDS, ...ends, payloadLength: length, nextHeader: protocol };
    emitIpv6Header(header, octets, at);
    updateUdpChecksum(octets, udpAt, length, at + IPV6_SOURCE, 32);
  }
  packet.length = udpAt + length - at;
}
