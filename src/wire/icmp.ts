/**
 * Internet Control Message Protocol, the messages an IPsec gateway meets and sends (RFC 792).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Type      |     Code      |          Checksum             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           Identifier          |        Sequence Number        | echo
 * |             unused            |          Next-Hop MTU         | RFC 1191 §4
 * |                             unused                            | other errors
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     echo data, or the start of the packet that met an error   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */
import { checksumOf, sumOctets } from '../octets/checksum.ts';
import { Malformed } from '../octets/malformed.ts';
import { setU8, setU16, setU32, u8, u16, u32 } from '../octets/octets.ts';

const TYPE = 0;
const CODE = 1;
const CHECKSUM = 2;
const IDENTIFIER = 4;
const SEQUENCE = 6;
const NEXT_HOP_MTU = 6;
/** Where the second word stands: its meaning is the type's. */
const SECOND_WORD = 4;

/** Octets before the data. */
export const ICMP_HEADER_LENGTH = 8;

/** Message types (IANA "ICMP Type Numbers"). */
export const ICMP_TYPE = {
  ECHO_REPLY: 0,
  DESTINATION_UNREACHABLE: 3,
  SOURCE_QUENCH: 4,
  REDIRECT: 5,
  ECHO_REQUEST: 8,
  ROUTER_ADVERTISEMENT: 9,
  ROUTER_SOLICITATION: 10,
  TIME_EXCEEDED: 11,
  PARAMETER_PROBLEM: 12,
  TIMESTAMP: 13,
  TIMESTAMP_REPLY: 14,
} as const;

/** Codes of DESTINATION_UNREACHABLE. */
export const ICMP_UNREACHABLE = {
  NETWORK_UNREACHABLE: 0,
  HOST_UNREACHABLE: 1,
  PROTOCOL_UNREACHABLE: 2,
  PORT_UNREACHABLE: 3,
  FRAGMENTATION_NEEDED: 4,
  SOURCE_ROUTE_FAILED: 5,
  ADMINISTRATIVELY_PROHIBITED: 13,
} as const;

/** Codes of TIME_EXCEEDED. */
export const ICMP_TIME_EXCEEDED = { IN_TRANSIT: 0, IN_REASSEMBLY: 1 } as const;

/**
 * How much of a packet an error quotes at most: the error is to fit in 576 octets, its own two
 * headers included (RFC 1812 §4.3.2.3).
 */
export const ICMP_QUOTE_LENGTH = 548;

/** Checks that the `length` octets at `at` hold an ICMP header. */
export function checkIcmp(_octets: Uint8Array, _at: number, length: number): Malformed | null {
  if (length < ICMP_HEADER_LENGTH) {
    return Malformed.truncated('ICMP message', ICMP_HEADER_LENGTH, length);
  }
  return null;
}

export function icmpType(octets: Uint8Array, at: number): number {
  return u8(octets, at + TYPE);
}

export function icmpCode(octets: Uint8Array, at: number): number {
  return u8(octets, at + CODE);
}

/** Of an echo request or reply. */
export function icmpIdentifier(octets: Uint8Array, at: number): number {
  return u16(octets, at + IDENTIFIER);
}

/** Of an echo request or reply. */
export function icmpSequence(octets: Uint8Array, at: number): number {
  return u16(octets, at + SEQUENCE);
}

/** Of FRAGMENTATION_NEEDED; 0 from a router older than RFC 1191. */
export function icmpNextHopMtu(octets: Uint8Array, at: number): number {
  return u16(octets, at + NEXT_HOP_MTU);
}

/** The second word as a whole: REDIRECT's gateway, PARAMETER_PROBLEM's pointer in the top octet. */
export function icmpSecondWord(octets: Uint8Array, at: number): number {
  return u32(octets, at + SECOND_WORD);
}

/** Whether the message of `length` octets is as its sender summed it. */
export function icmpChecksumHolds(octets: Uint8Array, at: number, length: number): boolean {
  return checksumOf(sumOctets(octets, at, length)) === 0;
}

/** Whether messages of `type` report an error, and so quote a packet (RFC 1122 §3.2.2). */
export function icmpIsError(type: number): boolean {
  return ERRORS.has(type);
}

/** Writes an echo request or reply at `at`, with its checksum; returns its length. */
export function emitEcho(
  type: typeof ICMP_TYPE.ECHO_REQUEST | typeof ICMP_TYPE.ECHO_REPLY,
  identifier: number,
  sequence: number,
  payload: Uint8Array,
  octets: Uint8Array,
  at: number,
): number {
  octets.set(payload, at + ICMP_HEADER_LENGTH);
  setU16(octets, at + IDENTIFIER, identifier);
  setU16(octets, at + SEQUENCE, sequence);
  return seal(type, 0, payload.length, octets, at);
}

/**
 * Writes at `at` the error a router sends for a packet that is too big and must not be fragmented
 * (RFC 1191 §4); returns its length. Quotes of the packet at `originalAt` in `original` as much as
 * {@link ICMP_QUOTE_LENGTH} allows; the two memories may be one.
 */
export function emitFragmentationNeeded(
  nextHopMtu: number,
  original: Uint8Array,
  originalAt: number,
  originalLength: number,
  octets: Uint8Array,
  at: number,
): number {
  return emitIcmpError(
    ICMP_TYPE.DESTINATION_UNREACHABLE,
    ICMP_UNREACHABLE.FRAGMENTATION_NEEDED,
    nextHopMtu & 0xffff,
    original,
    originalAt,
    originalLength,
    octets,
    at,
  );
}

/**
 * Writes at `at` an error of `type` and `code` about the packet at `originalAt`, as
 * {@link emitFragmentationNeeded} does; returns its length.
 */
export function emitIcmpError(
  type: number,
  code: number,
  secondWord: number,
  original: Uint8Array,
  originalAt: number,
  originalLength: number,
  octets: Uint8Array,
  at: number,
): number {
  const quoted = Math.min(originalLength, ICMP_QUOTE_LENGTH);
  octets.set(original.subarray(originalAt, originalAt + quoted), at + ICMP_HEADER_LENGTH);
  setU32(octets, at + SECOND_WORD, secondWord);
  return seal(type, code, quoted, octets, at);
}

/** Writes type, code and checksum of a message with `dataLength` octets; returns its length. */
function seal(
  type: number,
  code: number,
  dataLength: number,
  octets: Uint8Array,
  at: number,
): number {
  const length = ICMP_HEADER_LENGTH + dataLength;
  setU8(octets, at + TYPE, type);
  setU8(octets, at + CODE, code);
  setU16(octets, at + CHECKSUM, 0);
  setU16(octets, at + CHECKSUM, checksumOf(sumOctets(octets, at, length)));
  return length;
}

const ERRORS: ReadonlySet<number> = new Set([
  ICMP_TYPE.DESTINATION_UNREACHABLE,
  ICMP_TYPE.SOURCE_QUENCH,
  ICMP_TYPE.REDIRECT,
  ICMP_TYPE.TIME_EXCEEDED,
  ICMP_TYPE.PARAMETER_PROBLEM,
]);
