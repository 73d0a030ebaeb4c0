/**
 * "Too big" told to the host's own sender (RFC 1191 §4, RFC 4443 §3.2, RFC 4301 §8.2): its packet,
 * protected, would exceed the path MTU and must not be fragmented.
 *
 * @module
 */
import type { Packet } from '../ipsec/packet.ts';
import { ipAddressAt } from '../net/ip-address.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { emitFragmentationNeeded } from '../wire/icmp.ts';
import { emitPacketTooBig } from '../wire/icmpv6.ts';
import type { IpHeader } from '../wire/ip.ts';
import { emitIpv4Header, IPV4_HEADER_LENGTH, ipv4DontFragment } from '../wire/ipv4.ts';
import { emitIpv6Header, IPV6_HEADER_LENGTH, IPV6_LEAST_MTU } from '../wire/ipv6.ts';

const TIME_TO_LIVE = 64;

/**
 * Makes `answer` the message for `packet`, which has `header` and is still in the clear: packets up
 * to `mtu` octets would do. It bears the remote host's address, for the host refuses its own from a
 * device.
 */
export function makeTooBig(
  packet: Packet,
  header: Readonly<IpHeader>,
  mtu: number,
  answer: Packet,
): void {
  if (header.version === 4) fragmentationNeeded(packet, header, mtu, answer);
  else packetTooBig(packet, header, mtu, answer);
}

function fragmentationNeeded(
  packet: Packet,
  header: Readonly<IpHeader>,
  mtu: number,
  answer: Packet,
): void {
  const from = packet.memory.octets;
  const { octets } = answer.memory;
  const icmpAt = answer.at + IPV4_HEADER_LENGTH;
  const icmpLength = emitFragmentationNeeded(mtu, from, packet.at, packet.length, octets, icmpAt);
  answer.length = IPV4_HEADER_LENGTH + icmpLength;
  emitIpv4Header(
    {
      typeOfService: 0,
      totalLength: answer.length,
      identification: 0,
      dontFragment: true,
      ttl: TIME_TO_LIVE,
      protocol: IP_PROTOCOL.icmp,
      source: ipAddressAt(4, from, header.destinationAt),
      destination: ipAddressAt(4, from, header.sourceAt),
    },
    octets,
    answer.at,
  );
}

function packetTooBig(
  packet: Packet,
  header: Readonly<IpHeader>,
  mtu: number,
  answer: Packet,
): void {
  const from = packet.memory.octets;
  const { octets } = answer.memory;
  const source = ipAddressAt(6, from, header.destinationAt);
  const destination = ipAddressAt(6, from, header.sourceAt);
  const payloadLength = emitPacketTooBig(
    mtu,
    from,
    packet.at,
    packet.length,
    source,
    destination,
    octets,
    answer.at + IPV6_HEADER_LENGTH,
  );
  answer.length = IPV6_HEADER_LENGTH + payloadLength;
  emitIpv6Header(
    {
      trafficClass: 0,
      flowLabel: 0,
      payloadLength,
      nextHeader: IP_PROTOCOL['ipv6-icmp'],
      hopLimit: TIME_TO_LIVE,
      source,
      destination,
    },
    octets,
    answer.at,
  );
}

/**
 * Whether a packet must not become fragments. IPv6 lets its sender do so, and here speaks the sender,
 * or the beginning of a tunnel; of TCP, which can send less at a time, it is asked nevertheless, as
 * long as its packets are longer than every link must carry (RFC 8200 §5). Not of others: Linux hands
 * a datagram of its own over whole, however often it is told that it is too big.
 */
export function forbidsCutting(packet: Packet, version: 4 | 6, nextLayerProtocol: number): boolean {
  if (version === 6) {
    return nextLayerProtocol === IP_PROTOCOL.tcp && packet.length > IPV6_LEAST_MTU;
  }
  return ipv4DontFragment(packet.memory.octets, packet.at);
}
