/**
 * What somebody asks about: packets between two addresses, of a protocol, with ports or a message type,
 * as far as they say. And a packet that stands for all of those.
 *
 * @module
 */
import type { IpAddress } from '../../net/ip-address.ts';
import { hasMessages, hasPorts, IP_PROTOCOL } from '../../net/ip-protocol.ts';
import { setU8, setU16 } from '../../octets/octets.ts';
import { ICMP_HEADER_LENGTH, ICMP_TYPE } from '../../wire/icmp.ts';
import { ICMPV6_TYPE } from '../../wire/icmpv6.ts';
import { emitIpv4Header, IPV4_HEADER_LENGTH } from '../../wire/ipv4.ts';
import { emitIpv6Header, IPV6_HEADER_LENGTH } from '../../wire/ipv6.ts';
import { TCP_HEADER_LENGTH } from '../../wire/tcp.ts';
import { UDP_HEADER_LENGTH } from '../../wire/udp.ts';

/** Packets from one address to another of the same version; `null` is what was left open. */
export interface Flow {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: number | null;
  readonly sourcePort: number | null;
  readonly destinationPort: number | null;
  /** Of ICMP, ICMPv6 and the mobility header. */
  readonly messageType: number | null;
  readonly messageCode: number | null;
}

/** A protocol that no policy names, for a flow that names none (RFC 3692 §2.1). */
const SOME_PROTOCOL = 253;
/** Ports that no service has (RFC 6335 §6), for a flow that leaves them open. */
const SOME_PORT = { source: 49_152, destination: 49_153 } as const;

/** Octets of the header behind that of IP; none of protocols that are not here. */
const HEADER_LENGTHS: ReadonlyMap<number, number> = new Map([
  [IP_PROTOCOL.icmp, ICMP_HEADER_LENGTH],
  [IP_PROTOCOL.tcp, TCP_HEADER_LENGTH],
  [IP_PROTOCOL.udp, UDP_HEADER_LENGTH],
  [IP_PROTOCOL.udplite, UDP_HEADER_LENGTH],
  // RFC 4340 §5.1, RFC 9260 §3.1, RFC 2784 §2.1, RFC 6275 §6.1.1.
  [IP_PROTOCOL.dccp, 12],
  [IP_PROTOCOL.sctp, 12],
  [IP_PROTOCOL.gre, 4],
  [IP_PROTOCOL['mobility-header'], 8],
  [IP_PROTOCOL['ipv6-icmp'], ICMP_HEADER_LENGTH],
]);

/** Octets of the IP header of packets of `flow`, which has no options. */
export function ipHeaderLength({ source }: Flow): number {
  return source.version === 4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
}

/** Octets of the header behind it, as far as it is known to have one. */
export function nextLayerHeaderLength({ protocol }: Flow): number {
  return protocol === null ? 0 : (HEADER_LENGTHS.get(protocol) ?? 0);
}

/** What is sent back; an echo reply for an echo request. */
export function replyTo(flow: Flow): Flow {
  const { source, destination, protocol, sourcePort, destinationPort, messageType } = flow;
  return {
    ...flow,
    source: destination,
    destination: source,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
    messageType: REPLIES.get(`${protocol} ${messageType}`) ?? messageType,
  };
}

const [ICMP, ICMP6] = [IP_PROTOCOL.icmp, IP_PROTOCOL['ipv6-icmp']];
const REPLIES: ReadonlyMap<string, number> = new Map([
  [`${ICMP} ${ICMP_TYPE.ECHO_REQUEST}`, ICMP_TYPE.ECHO_REPLY],
  [`${ICMP} ${ICMP_TYPE.ECHO_REPLY}`, ICMP_TYPE.ECHO_REQUEST],
  [`${ICMP6} ${ICMPV6_TYPE.ECHO_REQUEST}`, ICMPV6_TYPE.ECHO_REPLY],
  [`${ICMP6} ${ICMPV6_TYPE.ECHO_REPLY}`, ICMPV6_TYPE.ECHO_REQUEST],
]);

/** Octets of the least packet of `flow` that shows all that selectors look at. */
export function leastLength(flow: Flow): number {
  return ipHeaderLength(flow) + nextLayerHeaderLength(flow);
}

/**
 * A packet of `flow`: its headers alone, as far as selectors look at them, with no checksum and with
 * something in the place of what was left open that policies are not about unless they are about ranges.
 */
export function packetOf(flow: Flow): Uint8Array {
  const { source, destination } = flow;
  const protocol = flow.protocol ?? SOME_PROTOCOL;
  const octets = new Uint8Array(leastLength(flow));
  const at = ipHeaderLength(flow);
  const payloadLength = octets.length - at;
  if (source.version === 4) {
    const fields = { typeOfService: 0, identification: 0, dontFragment: true, ttl: 64, protocol };
    const header = { ...fields, totalLength: octets.length, source, destination };
    emitIpv4Header(header, octets, 0);
  } else {
    const fields = { trafficClass: 0, flowLabel: 0, hopLimit: 64, nextHeader: protocol };
    emitIpv6Header({ ...fields, payloadLength, source, destination }, octets, 0);
  }
  if (hasPorts(protocol)) {
    setU16(octets, at, flow.sourcePort ?? SOME_PORT.source);
    setU16(octets, at + 2, flow.destinationPort ?? SOME_PORT.destination);
  } else if (protocol === IP_PROTOCOL['mobility-header']) {
    setU8(octets, at + 2, flow.messageType ?? SOME_MESSAGE);
  } else if (hasMessages(protocol)) {
    setU8(octets, at, flow.messageType ?? SOME_MESSAGE);
    setU8(octets, at + 1, flow.messageCode ?? 0);
  }
  return octets;
}

/** A type that nobody has in ICMP, and that is for experiments in ICMPv6 (RFC 4443 §2.1). */
const SOME_MESSAGE = 200;
