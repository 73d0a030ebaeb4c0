/**
 * User Datagram Protocol (RFC 768).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          Source Port          |       Destination Port        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |            Length             |           Checksum            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */
import type { IpAddress } from '../net/ip-address.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { checksumOf, sumOctets } from '../octets/checksum.ts';
import { Malformed } from '../octets/malformed.ts';
import { setU16, u16 } from '../octets/octets.ts';
import { pseudoHeaderSum } from './pseudo-header.ts';

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const LENGTH = 4;
const CHECKSUM = 6;

/** Octets before the data. */
export const UDP_HEADER_LENGTH = 8;

/** Checks that the `length` octets at `at` begin with a whole datagram. */
export function checkUdp(octets: Uint8Array, at: number, length: number): Malformed | null {
  if (length < UDP_HEADER_LENGTH) {
    return Malformed.truncated('UDP header', UDP_HEADER_LENGTH, length);
  }
  const datagramLength = udpLength(octets, at);
  if (datagramLength < UDP_HEADER_LENGTH) return LENGTH_TOO_SMALL;
  if (datagramLength > length) return Malformed.truncated('UDP datagram', datagramLength, length);
  return null;
}

export function udpSourcePort(octets: Uint8Array, at: number): number {
  return u16(octets, at + SOURCE_PORT);
}

export function udpDestinationPort(octets: Uint8Array, at: number): number {
  return u16(octets, at + DESTINATION_PORT);
}

/** Octets of header and data. */
export function udpLength(octets: Uint8Array, at: number): number {
  return u16(octets, at + LENGTH);
}

/** 0 when the sender computed none. */
export function udpChecksum(octets: Uint8Array, at: number): number {
  return u16(octets, at + CHECKSUM);
}

/**
 * Writes the {@link UDP_HEADER_LENGTH} octets at `at` for a datagram of `length` octets, without a
 * checksum.
 */
export function emitUdpHeader(
  sourcePort: number,
  destinationPort: number,
  length: number,
  octets: Uint8Array,
  at: number,
): void {
  setU16(octets, at + SOURCE_PORT, sourcePort);
  setU16(octets, at + DESTINATION_PORT, destinationPort);
  setU16(octets, at + LENGTH, length);
  setU16(octets, at + CHECKSUM, 0);
}

/**
 * Writes the checksum that the datagram of `length` octets at `at` now needs. Source and destination
 * address stand together, `addressesLength` octets at `addressesAt`, as in every IP header.
 */
export function updateUdpChecksum(
  octets: Uint8Array,
  at: number,
  length: number,
  addressesAt: number,
  addressesLength: number,
): void {
  setU16(octets, at + CHECKSUM, 0);
  const pseudo = sumOctets(octets, addressesAt, addressesLength, IP_PROTOCOL.udp + length);
  const checksum = checksumOf(sumOctets(octets, at, length, pseudo));
  // Zero means "none computed", so a sum that comes to zero is sent as its other form.
  setU16(octets, at + CHECKSUM, checksum === 0 ? 0xffff : checksum);
}

/** Writes a datagram at `at`, with its checksum; returns its length. */
export function emitUdp(
  sourcePort: number,
  destinationPort: number,
  payload: Uint8Array,
  source: IpAddress,
  destination: IpAddress,
  octets: Uint8Array,
  at: number,
): number {
  const length = UDP_HEADER_LENGTH + payload.length;
  emitUdpHeader(sourcePort, destinationPort, length, octets, at);
  octets.set(payload, at + UDP_HEADER_LENGTH);
  const pseudo = pseudoHeaderSum(source, destination, IP_PROTOCOL.udp, length);
  const checksum = checksumOf(sumOctets(octets, at, length, pseudo));
  // Zero means "none computed", so a sum that comes to zero is sent as its other form.
  setU16(octets, at + CHECKSUM, checksum === 0 ? 0xffff : checksum);
  return length;
}

const LENGTH_TOO_SMALL = new Malformed('UDP header', 'length is less than the header');
