/**
 * Authentication Header (RFC 4302 §2).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Next Header   |  Payload Len  |          RESERVED             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                 Security Parameters Index (SPI)               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Sequence Number Field                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                Integrity Check Value-ICV (variable)           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Lengths here are in octets; on the wire the length is in 32-bit words minus two (§2.2). What the
 * ICV covers is a matter of `ipsec/` and, for the IP header, of `ipv4-mutable.ts`.
 *
 * @module
 */
import { Malformed } from '../octets/malformed.ts';
import { setU8, setU16, setU32, u8, u16, u32 } from '../octets/octets.ts';

const NEXT_HEADER = 0;
const PAYLOAD_LENGTH = 1;
const RESERVED = 2;
const SPI = 4;
const SEQUENCE_NUMBER = 8;
/** Where the ICV stands. */
export const AH_ICV = 12;

/** Octets before the ICV. */
export const AH_HEADER_LENGTH = 12;

/** Checks that the `length` octets at `at` hold an AH with its ICV. SPI 0 is never sent (§2.4). */
export function checkAh(octets: Uint8Array, at: number, length: number): Malformed | null {
  if (length < AH_HEADER_LENGTH) return Malformed.truncated('AH', AH_HEADER_LENGTH, length);
  const headerLength = ahHeaderLength(octets, at);
  if (headerLength < AH_HEADER_LENGTH) return PAYLOAD_LENGTH_TOO_SMALL;
  if (headerLength > length) return Malformed.truncated('AH', headerLength, length);
  return ahSpi(octets, at) === 0 ? SPI_IS_ZERO : null;
}

/** IP protocol number of what follows. */
export function ahNextHeader(octets: Uint8Array, at: number): number {
  return u8(octets, at + NEXT_HEADER);
}

/** Octets of the whole header, ICV and its padding included: at most 1028. */
export function ahHeaderLength(octets: Uint8Array, at: number): number {
  return (u8(octets, at + PAYLOAD_LENGTH) + 2) * 4;
}

/** Sent as zero, ignored by the receiver, and covered by the ICV (§2.3). */
export function ahReserved(octets: Uint8Array, at: number): number {
  return u16(octets, at + RESERVED);
}

/** Names the SA at the receiver (§2.4). */
export function ahSpi(octets: Uint8Array, at: number): number {
  return u32(octets, at + SPI);
}

/** The low 32 bits; the high half of an extended number never travels (§2.5.1). */
export function ahSequenceNumber(octets: Uint8Array, at: number): number {
  return u32(octets, at + SEQUENCE_NUMBER);
}

/**
 * Writes the {@link AH_HEADER_LENGTH} octets at `at` that precede the ICV. `headerLength` counts
 * the ICV and its padding too and is a multiple of 4 (of 8 with IPv6, §3.3.3.2.1).
 */
export function emitAhHeader(
  nextHeader: number,
  headerLength: number,
  spi: number,
  sequenceNumber: number,
  octets: Uint8Array,
  at: number,
): void {
  setU8(octets, at + NEXT_HEADER, nextHeader);
  setU8(octets, at + PAYLOAD_LENGTH, headerLength / 4 - 2);
  setU16(octets, at + RESERVED, 0);
  setU32(octets, at + SPI, spi);
  setU32(octets, at + SEQUENCE_NUMBER, sequenceNumber);
}

const PAYLOAD_LENGTH_TOO_SMALL = new Malformed('AH', 'payload length is less than 1');
const SPI_IS_ZERO = new Malformed('AH', 'SPI is zero');
