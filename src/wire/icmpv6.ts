/**
 * Internet Control Message Protocol for IPv6 (RFC 4443 §2.1): the header is that of `icmp.ts` and
 * is read with its accessors; the types are others, and the checksum covers a pseudo-header.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Type      |     Code      |          Checksum             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Identifier and Sequence Number, MTU, or unused            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     echo data, a target address, or the packet in error       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */
import type { IpAddress } from '../net/ip-address.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { checksumOf, sumOctets } from '../octets/checksum.ts';
import { setU8, setU16, setU32 } from '../octets/octets.ts';
import { IPV6_HEADER_LENGTH, IPV6_LEAST_MTU } from './ipv6.ts';
import { pseudoHeaderSum } from './pseudo-header.ts';

const TYPE = 0;
const CODE = 1;
const CHECKSUM = 2;
const SECOND_WORD = 4;
const DATA = 8;

/** Message types (IANA "ICMPv6 'type' Numbers"). */
export const ICMPV6_TYPE = {
  DESTINATION_UNREACHABLE: 1,
  PACKET_TOO_BIG: 2,
  TIME_EXCEEDED: 3,
  PARAMETER_PROBLEM: 4,
  ECHO_REQUEST: 128,
  ECHO_REPLY: 129,
  ROUTER_SOLICITATION: 133,
  ROUTER_ADVERTISEMENT: 134,
  NEIGHBOR_SOLICITATION: 135,
  NEIGHBOR_ADVERTISEMENT: 136,
  MULTICAST_LISTENER_REPORT_V2: 143,
} as const;

/** Where the target of a neighbour solicitation or advertisement stands (RFC 4861 §4.3, §4.4). */
export const ICMPV6_TARGET = 8;

/** Whether messages of `type` report an error, and so quote a packet (§2.1). */
export function icmpv6IsError(type: number): boolean {
  return type < 128;
}

/**
 * Writes at `at` the error that a router sends for a packet that is too big (§3.2); returns its
 * length. Quotes of the packet at `originalAt` in `original` as much as makes no packet longer than
 * every link carries.
 */
export function emitPacketTooBig(
  mtu: number,
  original: Uint8Array,
  originalAt: number,
  originalLength: number,
  source: IpAddress,
  destination: IpAddress,
  octets: Uint8Array,
  at: number,
): number {
  const most = IPV6_LEAST_MTU - IPV6_HEADER_LENGTH - DATA;
  const quoted = original.subarray(originalAt, originalAt + Math.min(originalLength, most));
  const { PACKET_TOO_BIG } = ICMPV6_TYPE;
  return emitIcmpv6(PACKET_TOO_BIG, 0, mtu, quoted, source, destination, octets, at);
}

/** Writes a message at `at`, with its checksum; returns its length. */
export function emitIcmpv6(
  type: number,
  code: number,
  secondWord: number,
  data: Uint8Array,
  source: IpAddress,
  destination: IpAddress,
  octets: Uint8Array,
  at: number,
): number {
  const length = DATA + data.length;
  setU8(octets, at + TYPE, type);
  setU8(octets, at + CODE, code);
  setU16(octets, at + CHECKSUM, 0);
  setU32(octets, at + SECOND_WORD, secondWord);
  octets.set(data, at + DATA);
  const pseudo = pseudoHeaderSum(source, destination, IP_PROTOCOL['ipv6-icmp'], length);
  setU16(octets, at + CHECKSUM, checksumOf(sumOctets(octets, at, length, pseudo)));
  return length;
}
