/**
 * Internet Protocol version 6, the fixed header (RFC 8200 §3) and the walk over the extension
 * headers that share one shape (§4).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Version| Traffic Class |           Flow Label                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         Payload Length        |  Next Header  |   Hop Limit   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |               Source Address, 16 octets                       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |               Destination Address, 16 octets                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Hop-by-Hop Options, Routing, Destination Options; below them the Fragment header (§4.5):
 *
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Next Header  |  Hdr Ext Len  |  its contents ...             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Next Header  |   Reserved    |      Fragment Offset    |Res|M|
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                         Identification                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */
import type { IpAddress } from '../net/ip-address.ts';
import { Malformed } from '../octets/malformed.ts';
import { setU8, setU16, setU32, u8, u16, u32 } from '../octets/octets.ts';

const VERSION_CLASS_LABEL = 0;
const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;
/** Where the source address stands. */
export const IPV6_SOURCE = 8;
/** Where the destination address stands. */
export const IPV6_DESTINATION = 24;

/** Octets of the fixed header. */
export const IPV6_HEADER_LENGTH = 40;

const EXTENSION_NEXT_HEADER = 0;
const EXTENSION_LENGTH = 1;
/** Octets of the least extension header, and the unit that {@link ipv6ExtensionLength} grows in. */
export const IPV6_EXTENSION_UNIT = 8;

const OFFSET_AND_M = 2;
const IDENTIFICATION = 4;
/** Octets of a Fragment header. */
export const IPV6_FRAGMENT_LENGTH = 8;

/** Every link carries packets of so many octets (RFC 8200 §5). */
export const IPV6_LEAST_MTU = 1280;

/** Next Header values of the extension headers (RFC 8200 §4). */
export const IPV6_EXTENSION = {
  HOP_BY_HOP_OPTIONS: 0,
  ROUTING: 43,
  FRAGMENT: 44,
  NO_NEXT_HEADER: 59,
  DESTINATION_OPTIONS: 60,
} as const;

/** What {@link emitIpv6Header} writes. */
export interface Ipv6Header {
  readonly trafficClass: number;
  readonly flowLabel: number;
  /** Octets after the fixed header. */
  readonly payloadLength: number;
  readonly nextHeader: number;
  readonly hopLimit: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

/** Checks that the `length` octets at `at` begin with a whole IPv6 packet. */
export function checkIpv6(octets: Uint8Array, at: number, length: number): Malformed | null {
  const malformed = checkIpv6Header(octets, at, length);
  if (malformed !== null) return malformed;
  const packetLength = IPV6_HEADER_LENGTH + ipv6PayloadLength(octets, at);
  if (packetLength > length) return Malformed.truncated('IPv6 packet', packetLength, length);
  return null;
}

/** Checks that the `length` octets at `at` begin with a fixed header, whatever is left of the rest. */
export function checkIpv6Header(octets: Uint8Array, at: number, length: number): Malformed | null {
  if (length < IPV6_HEADER_LENGTH) {
    return Malformed.truncated('IPv6 header', IPV6_HEADER_LENGTH, length);
  }
  return u8(octets, at + VERSION_CLASS_LABEL) >>> 4 === 6 ? null : NOT_VERSION_6;
}

/** Octets after the fixed header, extension headers included. */
export function ipv6PayloadLength(octets: Uint8Array, at: number): number {
  return u16(octets, at + PAYLOAD_LENGTH);
}

/** Writes the octets after the fixed header. */
export function setIpv6PayloadLength(octets: Uint8Array, at: number, payloadLength: number): void {
  setU16(octets, at + PAYLOAD_LENGTH, payloadLength);
}

/** Writes DSCP in the upper six bits, ECN in the lower two. */
export function setIpv6TrafficClass(octets: Uint8Array, at: number, trafficClass: number): void {
  const first = u16(octets, at + VERSION_CLASS_LABEL) & 0xf00f;
  setU16(octets, at + VERSION_CLASS_LABEL, first | (trafficClass << 4));
}

/** The type of the header after the fixed one. */
export function ipv6NextHeader(octets: Uint8Array, at: number): number {
  return u8(octets, at + NEXT_HEADER);
}

export function ipv6HopLimit(octets: Uint8Array, at: number): number {
  return u8(octets, at + HOP_LIMIT);
}

export function ipv6TrafficClass(octets: Uint8Array, at: number): number {
  return (u16(octets, at + VERSION_CLASS_LABEL) >>> 4) & 0xff;
}

export function ipv6FlowLabel(octets: Uint8Array, at: number): number {
  return u32(octets, at + VERSION_CLASS_LABEL) & 0xfffff;
}

/** Writes `header` to the {@link IPV6_HEADER_LENGTH} octets at `at`. */
export function emitIpv6Header(header: Ipv6Header, octets: Uint8Array, at: number): void {
  const first = (6 << 28) | ((header.trafficClass & 0xff) << 20) | (header.flowLabel & 0xfffff);
  setU32(octets, at + VERSION_CLASS_LABEL, first);
  setU16(octets, at + PAYLOAD_LENGTH, header.payloadLength);
  setU8(octets, at + NEXT_HEADER, header.nextHeader);
  setU8(octets, at + HOP_LIMIT, header.hopLimit);
  octets.set(header.source.octets, at + IPV6_SOURCE);
  octets.set(header.destination.octets, at + IPV6_DESTINATION);
}

/** Checks that the `length` octets at `at` hold a whole options or routing header. */
export function checkIpv6Extension(
  octets: Uint8Array,
  at: number,
  length: number,
): Malformed | null {
  if (length < IPV6_EXTENSION_UNIT) {
    return Malformed.truncated('IPv6 extension header', IPV6_EXTENSION_UNIT, length);
  }
  const needed = ipv6ExtensionLength(octets, at);
  return needed > length ? Malformed.truncated('IPv6 extension header', needed, length) : null;
}

/** The type of the header after this one; a Fragment header has it in the same place. */
export function ipv6ExtensionNextHeader(octets: Uint8Array, at: number): number {
  return u8(octets, at + EXTENSION_NEXT_HEADER);
}

/** Octets of the whole extension header; on the wire in units of 8 without the first. */
export function ipv6ExtensionLength(octets: Uint8Array, at: number): number {
  return (u8(octets, at + EXTENSION_LENGTH) + 1) * IPV6_EXTENSION_UNIT;
}

/** Checks that the `length` octets at `at` hold a Fragment header. */
export function checkIpv6Fragment(
  _octets: Uint8Array,
  _at: number,
  length: number,
): Malformed | null {
  if (length >= IPV6_FRAGMENT_LENGTH) return null;
  return Malformed.truncated('IPv6 Fragment header', IPV6_FRAGMENT_LENGTH, length);
}

/** Where this fragment belongs in the whole, in octets. */
export function ipv6FragmentOffset(octets: Uint8Array, at: number): number {
  return u16(octets, at + OFFSET_AND_M) & 0xfff8;
}

export function ipv6MoreFragments(octets: Uint8Array, at: number): boolean {
  return (u16(octets, at + OFFSET_AND_M) & 1) !== 0;
}

/** Writes the {@link IPV6_FRAGMENT_LENGTH} octets at `at`; `offset` is a multiple of 8. */
export function emitIpv6Fragment(
  nextHeader: number,
  offset: number,
  moreFragments: boolean,
  identification: number,
  octets: Uint8Array,
  at: number,
): void {
  setU8(octets, at + EXTENSION_NEXT_HEADER, nextHeader);
  setU8(octets, at + EXTENSION_LENGTH, 0);
  setU16(octets, at + OFFSET_AND_M, offset | (moreFragments ? 1 : 0));
  setU32(octets, at + IDENTIFICATION, identification);
}

export function ipv6FragmentIdentification(octets: Uint8Array, at: number): number {
  return u32(octets, at + IDENTIFICATION);
}

const NOT_VERSION_6 = new Malformed('IPv6 header', 'version is not 6');
