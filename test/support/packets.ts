/**
 * IPv4 packets for tests, built from the project's own emitters.
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

/** What a packet is made from; what is left out is usual. */
export interface PacketParts {
  readonly source?: IpAddress;
  readonly destination?: IpAddress;
  readonly protocol?: number;
  readonly payload?: Uint8Array;
  readonly identification?: number;
  readonly dontFragment?: boolean;
  /** A multiple of four octets. */
  readonly options?: Uint8Array;
  /** Makes a fragment; the offset is in octets. */
  readonly fragment?: { readonly offset: number; readonly more: boolean };
}

/** An IPv4 packet, from Alice to Bob unless told otherwise. */
export function ipv4Packet(parts: PacketParts): Uint8Array {
  const { options = NONE, payload = NONE } = parts;
  const headerLength = IPV4_HEADER_LENGTH + options.length;
  const octets = new Uint8Array(headerLength + payload.length);
  emitIpv4Header(
    {
      typeOfService: 0,
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

export interface UdpParts extends PacketParts {
  readonly sourcePort?: number;
  readonly destinationPort?: number;
}

/** A UDP datagram that carries `payload`. */
export function udpPacket(payload: Uint8Array, parts: UdpParts = {}): Uint8Array {
  const datagram = new Uint8Array(UDP_HEADER_LENGTH + payload.length);
  const { source = ALICE, destination = BOB, sourcePort = 40000, destinationPort = 5000 } = parts;
  emitUdp(sourcePort, destinationPort, payload, source, destination, datagram, 0);
  return ipv4Packet({ ...parts, protocol: IP_PROTOCOL.udp, payload: datagram });
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
