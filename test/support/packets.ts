/**
 * IPv4 and IPv6 packets for tests, built from the project's own emitters.
 *
 * @module
 */
import { type IpAddress, parseIpAddress } from '../../src/net/ip-address.ts';
import { IP_PROTOCOL } from '../../src/net/ip-protocol.ts';
import { emitEcho, ICMP_HEADER_LENGTH, ICMP_TYPE } from '../../src/wire/icmp.ts';
import {
  emitIpv4Header,
  IPV4_HEADER_LENGTH,
  setIpv4Fragment,
  updateIpv4Checksum,
} from '../../src/wire/ipv4.ts';
import {
  emitIpv6Fragment,
  emitIpv6Header,
  IPV6_EXTENSION,
  IPV6_FRAGMENT_LENGTH,
  IPV6_HEADER_LENGTH,
} from '../../src/wire/ipv6.ts';
import { emitUdp, UDP_HEADER_LENGTH } from '../../src/wire/udp.ts';

/** The address that `text`, known to be one, says. */
export function address(text: string): IpAddress {
  const found = parseIpAddress(text);
  if (found === undefined) throw new TypeError(`Cannot read "${text}" as an address`);
  return found;
}

/** The two hosts of the examples. */
export const ALICE: IpAddress = address('10.9.0.1');
export const BOB: IpAddress = address('10.9.0.2');

/** The same with addresses of IPv6. */
export const ALICE6: IpAddress = address('2001:db8:9::1');
export const BOB6: IpAddress = address('2001:db8:9::2');

/** What a packet is made from; what is left out is usual. */
export interface PacketParts {
  readonly source?: IpAddress;
  readonly destination?: IpAddress;
  readonly protocol?: number;
  readonly payload?: Uint8Array;
  readonly identification?: number;
  readonly dontFragment?: boolean;
  readonly trafficClass?: number;
  /** Of IPv4; a multiple of four octets. */
  readonly options?: Uint8Array;
  /** Makes a fragment; the offset is in octets. */
  readonly fragment?: { readonly offset: number; readonly more: boolean };
}

/** What an IPv6 packet is made from. */
export interface Ipv6Parts extends PacketParts {
  /** Each with what comes behind its length: six octets, fourteen, and so on. */
  readonly extensions?: readonly (readonly [type: number, contents: Uint8Array])[];
}

/** An IPv4 packet, from Alice to Bob unless told otherwise. */
export function ipv4Packet(parts: PacketParts): Uint8Array {
  const { options = NONE, payload = NONE } = parts;
  const headerLength = IPV4_HEADER_LENGTH + options.length;
  const octets = new Uint8Array(headerLength + payload.length);
  emitIpv4Header(
    {
      typeOfService: parts.trafficClass ?? 0,
      totalLength: octets.length,
      identification: parts.identification ?? 0x4a11,
      dontFragment: parts.dontFragment ?? false,
      ttl: 64,
      protocol: parts.protocol ?? IP_PROTOCOL.udp,
      source: parts.source ?? ALICE,
      destination: parts.destination ?? BOB,
    },
    octets,
    0,
  );
  octets[0] = 0x40 | (headerLength / 4);
  octets.set(options, IPV4_HEADER_LENGTH);
  octets.set(payload, headerLength);
  if (parts.fragment) {
    setIpv4Fragment(octets, 0, false, parts.fragment.more, parts.fragment.offset);
  }
  updateIpv4Checksum(octets, 0);
  return octets;
}

/** An IPv6 packet, from Alice to Bob unless told otherwise; a Fragment header comes last. */
export function ipv6Packet(parts: Ipv6Parts): Uint8Array {
  const { payload = NONE, fragment, protocol = IP_PROTOCOL.udp } = parts;
  const types = (parts.extensions ?? []).map(([type]) => type);
  if (fragment) types.push(IPV6_EXTENSION.FRAGMENT);
  types.push(protocol);
  const extensions = (parts.extensions ?? []).map(([, contents], k) =>
    Uint8Array.of(types[k + 1] ?? 0, (contents.length + 2) / 8 - 1, ...contents),
  );
  if (fragment) {
    const header = new Uint8Array(IPV6_FRAGMENT_LENGTH);
    const { identification = 0x4a11 } = parts;
    emitIpv6Fragment(protocol, fragment.offset, fragment.more, identification, header, 0);
    extensions.push(header);
  }
  const behind = [...extensions, payload].flatMap((octets) => [...octets]);
  const octets = new Uint8Array(IPV6_HEADER_LENGTH + behind.length);
  emitIpv6Header(
    {
      trafficClass: parts.trafficClass ?? 0,
      flowLabel: 0,
      payloadLength: behind.length,
      nextHeader: types[0] ?? protocol,
      hopLimit: 64,
      source: parts.source ?? ALICE6,
      destination: parts.destination ?? BOB6,
    },
    octets,
    0,
  );
  octets.set(behind, IPV6_HEADER_LENGTH);
  return octets;
}

/** A packet of the version that its source has; IPv4 when nothing is said. */
export function ipPacket(parts: Ipv6Parts): Uint8Array {
  return parts.source?.version === 6 ? ipv6Packet(parts) : ipv4Packet(parts);
}

export interface UdpParts extends Ipv6Parts {
  readonly sourcePort?: number;
  readonly destinationPort?: number;
}

/** A UDP datagram that carries `payload`. */
export function udpPacket(payload: Uint8Array, parts: UdpParts = {}): Uint8Array {
  const datagram = new Uint8Array(UDP_HEADER_LENGTH + payload.length);
  const { source = ALICE, destination = BOB, sourcePort = 40000, destinationPort = 5000 } = parts;
  emitUdp(sourcePort, destinationPort, payload, source, destination, datagram, 0);
  return ipPacket({ ...parts, protocol: IP_PROTOCOL.udp, payload: datagram });
}

/** An ICMP echo request or reply with `length` octets of data. */
export function echoPacket(
  type: 'request' | 'reply',
  sequence: number,
  length: number,
  parts: PacketParts = {},
): Uint8Array {
  const message = new Uint8Array(ICMP_HEADER_LENGTH + length);
  const code = type === 'request' ? ICMP_TYPE.ECHO_REQUEST : ICMP_TYPE.ECHO_REPLY;
  emitEcho(code, 0x1234, sequence, countedOctets(length), message, 0);
  return ipv4Packet({ ...parts, protocol: IP_PROTOCOL.icmp, payload: message });
}

/** The octets 0, 1, 2, ... 255, 0, ... */
export function countedOctets(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, k) => k & 0xff);
}

const NONE = new Uint8Array(0);
