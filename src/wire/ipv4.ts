/**
 * Internet Protocol version 4, the header (RFC 791 §3.1).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Version|  IHL  |Type of Service|          Total Length         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         Identification        |Flags|      Fragment Offset    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Time to Live |    Protocol   |         Header Checksum       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                       Source Address                          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Destination Address                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Options, 0 to 40 octets                    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * The packet stands at `at` in `octets`, which may hold much else. {@link checkIpv4} looks once;
 * after it has passed, no accessor can fail. Which options a router may change is
 * `ipv4-mutable.ts`.
 *
 * @module
 */
import type { IpAddress } from '../net/ip-address.ts';
import { checksumOf, sumOctets } from '../octets/checksum.ts';
import { Malformed } from '../octets/malformed.ts';
import { setU8, setU16, u8, u16 } from '../octets/octets.ts';

const VERSION_AND_IHL = 0;
const TYPE_OF_SERVICE = 1;
const TOTAL_LENGTH = 2;
const IDENTIFICATION = 4;
const FLAGS_AND_OFFSET = 6;
const TIME_TO_LIVE = 8;
const PROTOCOL = 9;
const CHECKSUM = 10;
/** Where the source address stands. */
export const IPV4_SOURCE = 12;
/** Where the destination address stands. */
export const IPV4_DESTINATION = 16;

/** Octets of a header without options. */
export const IPV4_HEADER_LENGTH = 20;

const DF = 0x4000;
const MF = 0x2000;
const OFFSET_MASK = 0x1fff;

/** What {@link emitIpv4Header} writes: a header without options, of a packet not fragmented. */
export interface Ipv4Header {
  /** DSCP and ECN (RFC 2474, RFC 3168). */
  readonly typeOfService: number;
  /** Octets of header and payload. */
  readonly totalLength: number;
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly ttl: number;
  readonly protocol: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

/**
 * Checks that the `length` octets at `at` begin with a whole IPv4 packet: version, IHL and total
 * length agree with one another and with `length`. Octets after the total length are allowed, as
 * link layers pad. The checksum is {@link ipv4ChecksumHolds}.
 */
export function checkIpv4(octets: Uint8Array, at: number, length: number): Malformed | null {
  const malformed = checkIpv4Header(octets, at, length);
  if (malformed !== null) return malformed;
  const totalLength = ipv4TotalLength(octets, at);
  if (totalLength > length) return Malformed.truncated('IPv4 packet', totalLength, length);
  return null;
}

/** Checks that the `length` octets at `at` begin with a whole header, whatever is left of the rest. */
export function checkIpv4Header(octets: Uint8Array, at: number, length: number): Malformed | null {
  if (length < IPV4_HEADER_LENGTH) {
    return Malformed.truncated('IPv4 header', IPV4_HEADER_LENGTH, length);
  }
  if (u8(octets, at + VERSION_AND_IHL) >>> 4 !== 4) return NOT_VERSION_4;
  const headerLength = ipv4HeaderLength(octets, at);
  if (headerLength < IPV4_HEADER_LENGTH) return IHL_TOO_SMALL;
  if (headerLength > length) return Malformed.truncated('IPv4 header', headerLength, length);
  return ipv4TotalLength(octets, at) < headerLength ? TOTAL_LENGTH_TOO_SMALL : null;
}

/** Octets of header, options included. */
export function ipv4HeaderLength(octets: Uint8Array, at: number): number {
  return (u8(octets, at + VERSION_AND_IHL) & 0x0f) * 4;
}

/** Octets of header and payload. */
export function ipv4TotalLength(octets: Uint8Array, at: number): number {
  return u16(octets, at + TOTAL_LENGTH);
}

/** The IP protocol number of the payload. */
export function ipv4Protocol(octets: Uint8Array, at: number): number {
  return u8(octets, at + PROTOCOL);
}

export function ipv4Ttl(octets: Uint8Array, at: number): number {
  return u8(octets, at + TIME_TO_LIVE);
}

/** DSCP in the upper six bits, ECN in the lower two. */
export function ipv4TypeOfService(octets: Uint8Array, at: number): number {
  return u8(octets, at + TYPE_OF_SERVICE);
}

export function ipv4Identification(octets: Uint8Array, at: number): number {
  return u16(octets, at + IDENTIFICATION);
}

export function ipv4DontFragment(octets: Uint8Array, at: number): boolean {
  return (u16(octets, at + FLAGS_AND_OFFSET) & DF) !== 0;
}

export function ipv4MoreFragments(octets: Uint8Array, at: number): boolean {
  return (u16(octets, at + FLAGS_AND_OFFSET) & MF) !== 0;
}

/** Where this fragment's payload belongs, in octets: a multiple of 8, at most 65528. */
export function ipv4FragmentOffset(octets: Uint8Array, at: number): number {
  return (u16(octets, at + FLAGS_AND_OFFSET) & OFFSET_MASK) * 8;
}

/** Whether this is a part of a packet, the first, a middle or the last. */
export function ipv4IsFragment(octets: Uint8Array, at: number): boolean {
  return (u16(octets, at + FLAGS_AND_OFFSET) & (MF | OFFSET_MASK)) !== 0;
}

/** Whether the header is as its sender summed it (RFC 1122 §3.2.1.2). */
export function ipv4ChecksumHolds(octets: Uint8Array, at: number): boolean {
  return checksumOf(sumOctets(octets, at, ipv4HeaderLength(octets, at))) === 0;
}

/** Writes the octets of header and payload. Like all setters here, leaves the checksum alone. */
export function setIpv4TotalLength(octets: Uint8Array, at: number, totalLength: number): void {
  setU16(octets, at + TOTAL_LENGTH, totalLength);
}

export function setIpv4Protocol(octets: Uint8Array, at: number, protocol: number): void {
  setU8(octets, at + PROTOCOL, protocol);
}

export function setIpv4Identification(
  octets: Uint8Array,
  at: number,
  identification: number,
): void {
  setU16(octets, at + IDENTIFICATION, identification);
}

export function setIpv4Ttl(octets: Uint8Array, at: number, ttl: number): void {
  setU8(octets, at + TIME_TO_LIVE, ttl);
}

export function setIpv4TypeOfService(octets: Uint8Array, at: number, typeOfService: number): void {
  setU8(octets, at + TYPE_OF_SERVICE, typeOfService);
}

/** Writes flags and fragment offset; `offset` is in octets, a multiple of 8. Bit 0 becomes zero. */
export function setIpv4Fragment(
  octets: Uint8Array,
  at: number,
  dontFragment: boolean,
  moreFragments: boolean,
  offset: number,
): void {
  const flags = (dontFragment ? DF : 0) | (moreFragments ? MF : 0);
  setU16(octets, at + FLAGS_AND_OFFSET, flags | ((offset >>> 3) & OFFSET_MASK));
}

/** As it stands in the header. */
export function ipv4Checksum(octets: Uint8Array, at: number): number {
  return u16(octets, at + CHECKSUM);
}

/** Writes a checksum that was worked out elsewhere. */
export function setIpv4Checksum(octets: Uint8Array, at: number, checksum: number): void {
  setU16(octets, at + CHECKSUM, checksum);
}

/** Writes the checksum that the header now needs. */
export function updateIpv4Checksum(octets: Uint8Array, at: number): void {
  setU16(octets, at + CHECKSUM, 0);
  const sum = sumOctets(octets, at, ipv4HeaderLength(octets, at));
  setU16(octets, at + CHECKSUM, checksumOf(sum));
}

/** Writes `header` to the {@link IPV4_HEADER_LENGTH} octets at `at`, with its checksum. */
export function emitIpv4Header(header: Ipv4Header, octets: Uint8Array, at: number): void {
  setU8(octets, at + VERSION_AND_IHL, 0x45);
  setU8(octets, at + TYPE_OF_SERVICE, header.typeOfService);
  setU16(octets, at + TOTAL_LENGTH, header.totalLength);
  setU16(octets, at + IDENTIFICATION, header.identification);
  setIpv4Fragment(octets, at, header.dontFragment, false, 0);
  setU8(octets, at + TIME_TO_LIVE, header.ttl);
  setU8(octets, at + PROTOCOL, header.protocol);
  octets.set(header.source.octets, at + IPV4_SOURCE);
  octets.set(header.destination.octets, at + IPV4_DESTINATION);
  updateIpv4Checksum(octets, at);
}

const NOT_VERSION_4 = new Malformed('IPv4 header', 'version is not 4');
const IHL_TOO_SMALL = new Malformed('IPv4 header', 'IHL is less than 5');
const TOTAL_LENGTH_TOO_SMALL = new Malformed('IPv4 header', 'total length is less than the header');
