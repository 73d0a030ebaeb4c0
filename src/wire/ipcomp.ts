/**
 * IP Payload Compression Protocol, the header (RFC 3173 §3.1).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Next Header  |     Flags     | Compression Parameter Index   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */
import { Malformed } from '../octets/malformed.ts';
import { setU8, setU16, u8, u16 } from '../octets/octets.ts';

const NEXT_HEADER = 0;
const FLAGS = 1;
const CPI = 2;

/** Octets of the header. */
export const IPCOMP_HEADER_LENGTH = 4;

/** Checks that the `length` octets at `at` hold an IPComp header. */
export function checkIpcomp(_octets: Uint8Array, _at: number, length: number): Malformed | null {
  if (length >= IPCOMP_HEADER_LENGTH) return null;
  return Malformed.truncated('IPComp header', IPCOMP_HEADER_LENGTH, length);
}

/** IP protocol number of what was compressed. */
export function ipcompNextHeader(octets: Uint8Array, at: number): number {
  return u8(octets, at + NEXT_HEADER);
}

/** Names the SA at the receiver, or a well-known algorithm (§3.3). */
export function ipcompCpi(octets: Uint8Array, at: number): number {
  return u16(octets, at + CPI);
}

/** Writes the {@link IPCOMP_HEADER_LENGTH} octets at `at`. */
export function emitIpcompHeader(
  nextHeader: number,
  cpi: number,
  octets: Uint8Array,
  at: number,
): void {
  setU8(octets, at + NEXT_HEADER, nextHeader);
  setU8(octets, at + FLAGS, 0);
  setU16(octets, at + CPI, cpi);
}
