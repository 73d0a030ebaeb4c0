/**
 * Host-order access to octet strings, for structures shared with the kernel: netlink messages,
 * `struct msghdr`, `struct ifreq`. Packets are `octets.ts`.
 *
 * @module
 */
import { u16, u32 } from './octets.ts';

/** Whether this machine keeps the low octet of an integer first. */
export const LITTLE_ENDIAN: boolean = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Reads the unsigned 16-bit integer at `at`. */
export function hostU16(octets: Uint8Array, at: number): number {
  return LITTLE_ENDIAN ? octets[at]! | (octets[at + 1]! << 8) : u16(octets, at);
}

/** Reads the unsigned 32-bit integer at `at`. */
export function hostU32(octets: Uint8Array, at: number): number {
  if (!LITTLE_ENDIAN) return u32(octets, at);
  return (hostU16(octets, at) | (hostU16(octets, at + 2) << 16)) >>> 0;
}

/** Writes the low 16 bits of `value` at `at`. */
export function setHostU16(octets: Uint8Array, at: number, value: number): void {
  octets[at] = LITTLE_ENDIAN ? value : value >>> 8;
  octets[at + 1] = LITTLE_ENDIAN ? value >>> 8 : value;
}

/** Writes `value` as an unsigned 32-bit integer at `at`. */
export function setHostU32(octets: Uint8Array, at: number, value: number): void {
  setHostU16(octets, LITTLE_ENDIAN ? at : at + 2, value);
  setHostU16(octets, LITTLE_ENDIAN ? at + 2 : at, value >>> 16);
}

/** Writes the non-negative integer `value`, at most 2^53 - 1, as 64 bits at `at`. */
export function setHostU64(octets: Uint8Array, at: number, value: number): void {
  setHostU32(octets, LITTLE_ENDIAN ? at : at + 4, value);
  setHostU32(octets, LITTLE_ENDIAN ? at + 4 : at, Math.floor(value / 2 ** 32));
}
