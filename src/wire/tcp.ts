/**
 * Transmission Control Protocol, the header (RFC 9293 §3.1).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          Source Port          |       Destination Port        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                        Sequence Number                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Acknowledgment Number                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Data |       |C|E|U|A|P|R|S|F|                               |
 * | Offset| Rsrvd |W|C|R|C|S|S|Y|I|            Window             |
 * |       |       |R|E|G|K|H|T|N|N|                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           Checksum            |         Urgent Pointer        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Options, 0 to 40 octets                    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */
import type { IpAddress } from '../net/ip-address.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { checksumOf, sumOctets } from '../octets/checksum.ts';
import { Malformed } from '../octets/malformed.ts';
import { setU8, setU16, setU32, u8, u16, u32 } from '../octets/octets.ts';
import { pseudoHeaderSum } from './pseudo-header.ts';

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const SEQUENCE_NUMBER = 4;
const ACKNOWLEDGMENT_NUMBER = 8;
const DATA_OFFSET = 12;
const FLAGS = 13;
const WINDOW = 14;
const CHECKSUM = 16;
const URGENT_POINTER = 18;

/** Octets of a header without options. */
export const TCP_HEADER_LENGTH = 20;

/** The control bits, as {@link tcpFlags} has them. */
export const TCP_FLAG = {
  FIN: 0x01,
  SYN: 0x02,
  RST: 0x04,
  PSH: 0x08,
  ACK: 0x10,
  URG: 0x20,
  ECE: 0x40,
  CWR: 0x80,
} as const;

/** Option kinds (IANA "TCP Option Kind Numbers"). */
export const TCP_OPTION = {
  END_OF_OPTION_LIST: 0,
  NO_OPERATION: 1,
  MAXIMUM_SEGMENT_SIZE: 2,
  WINDOW_SCALE: 3,
  SACK_PERMITTED: 4,
  SACK: 5,
  TIMESTAMPS: 8,
} as const;

/** What {@link emitTcp} writes. */
export interface TcpHeader {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequenceNumber: number;
  readonly acknowledgmentNumber: number;
  readonly flags: number;
  readonly window: number;
  /** As on the wire, padded to a multiple of 4 octets, at most 40. */
  readonly options: Uint8Array;
}

/** Checks that the `length` octets at `at` hold a whole TCP header. */
export function checkTcp(octets: Uint8Array, at: number, length: number): Malformed | null {
  if (length < TCP_HEADER_LENGTH) {
    return Malformed.truncated('TCP header', TCP_HEADER_LENGTH, length);
  }
  const headerLength = tcpHeaderLength(octets, at);
  if (headerLength < TCP_HEADER_LENGTH) return DATA_OFFSET_TOO_SMALL;
  if (headerLength > length) return Malformed.truncated('TCP header', headerLength, length);
  return null;
}

export function tcpSourcePort(octets: Uint8Array, at: number): number {
  return u16(octets, at + SOURCE_PORT);
}

export function tcpDestinationPort(octets: Uint8Array, at: number): number {
  return u16(octets, at + DESTINATION_PORT);
}

export function tcpSequenceNumber(octets: Uint8Array, at: number): number {
  return u32(octets, at + SEQUENCE_NUMBER);
}

/** Meaningful when the ACK flag is set. */
export function tcpAcknowledgmentNumber(octets: Uint8Array, at: number): number {
  return u32(octets, at + ACKNOWLEDGMENT_NUMBER);
}

/** Octets of header, options included. */
export function tcpHeaderLength(octets: Uint8Array, at: number): number {
  return (u8(octets, at + DATA_OFFSET) >>> 4) * 4;
}

/** The control bits of {@link TCP_FLAG}. */
export function tcpFlags(octets: Uint8Array, at: number): number {
  return u8(octets, at + FLAGS);
}

/** As on the wire; what scale applies was agreed when the connection began. */
export function tcpWindow(octets: Uint8Array, at: number): number {
  return u16(octets, at + WINDOW);
}

export function tcpChecksum(octets: Uint8Array, at: number): number {
  return u16(octets, at + CHECKSUM);
}

/** Meaningful when the URG flag is set. */
export function tcpUrgentPointer(octets: Uint8Array, at: number): number {
  return u16(octets, at + URGENT_POINTER);
}

/**
 * Octets of the option at `optionAt`, in options that end at `end`; 0 when there is none: at the
 * end, at END_OF_OPTION_LIST, or where the octets make no option. Adding it again and again walks
 * the options and always ends.
 */
export function tcpOptionLength(octets: Uint8Array, optionAt: number, end: number): number {
  if (optionAt >= end) return 0;
  const kind = u8(octets, optionAt);
  if (kind === TCP_OPTION.END_OF_OPTION_LIST) return 0;
  if (kind === TCP_OPTION.NO_OPERATION) return 1;
  if (optionAt + 2 > end) return 0;
  const length = u8(octets, optionAt + 1);
  return length < 2 || optionAt + length > end ? 0 : length;
}

/** Where the first option of `kind` stands in the checked header at `at`; -1 when there is none. */
export function findTcpOption(octets: Uint8Array, at: number, kind: number): number {
  const end = at + tcpHeaderLength(octets, at);
  let option = at + TCP_HEADER_LENGTH;
  for (;;) {
    const length = tcpOptionLength(octets, option, end);
    if (length === 0) return -1;
    if (u8(octets, option) === kind) return option;
    option += length;
  }
}

/**
 * Writes the checksum that the segment of `length` octets at `at` now needs. Source and destination
 * address stand together, `addressesLength` octets at `addressesAt`, as in every IP header.
 */
export function updateTcpChecksum(
  octets: Uint8Array,
  at: number,
  length: number,
  addressesAt: number,
  addressesLength: number,
): void {
  setU16(octets, at + CHECKSUM, 0);
  const pseudo = sumOctets(octets, addressesAt, addressesLength, IP_PROTOCOL.tcp + length);
  setU16(octets, at + CHECKSUM, checksumOf(sumOctets(octets, at, length, pseudo)));
}

/** Writes a segment at `at`, with its checksum and no urgent data; returns its length. */
export function emitTcp(
  header: TcpHeader,
  payload: Uint8Array,
  source: IpAddress,
  destination: IpAddress,
  octets: Uint8Array,
  at: number,
): number {
  const headerLength = TCP_HEADER_LENGTH + header.options.length;
  const length = headerLength + payload.length;
  setU16(octets, at + SOURCE_PORT, header.sourcePort);
  setU16(octets, at + DESTINATION_PORT, header.destinationPort);
  setU32(octets, at + SEQUENCE_NUMBER, header.sequenceNumber);
  setU32(octets, at + ACKNOWLEDGMENT_NUMBER, header.acknowledgmentNumber);
  setU8(octets, at + DATA_OFFSET, (headerLength / 4) << 4);
  setU8(octets, at + FLAGS, header.flags);
  setU16(octets, at + WINDOW, header.window);
  setU16(octets, at + CHECKSUM, 0);
  setU16(octets, at + URGENT_POINTER, 0);
  octets.set(header.options, at + TCP_HEADER_LENGTH);
  octets.set(payload, at + headerLength);
  const pseudo = pseudoHeaderSum(source, destination, IP_PROTOCOL.tcp, length);
  setU16(octets, at + CHECKSUM, checksumOf(sumOctets(octets, at, length, pseudo)));
  return length;
}

const DATA_OFFSET_TOO_SMALL = new Malformed('TCP header', 'data offset is less than 5');
