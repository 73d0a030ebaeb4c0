/**
 * Integers of files that were written in either byte order.
 *
 * @module
 */
import { u8, u16, u32 } from '../octets/octets.ts';

/** Reads the unsigned 16-bit integer at `at`, its low octet first if `little`. */
export function fileU16(octets: Uint8Array, at: number, little: boolean): number {
  return little ? u8(octets, at) | (u8(octets, at + 1) << 8) : u16(octets, at);
}

/** Reads the unsigned 32-bit integer at `at`, its low octet first if `little`. */
export function fileU32(octets: Uint8Array, at: number, little: boolean): number {
  if (!little) return u32(octets, at);
  return (fileU16(octets, at, true) | (fileU16(octets, at + 2, true) << 16)) >>> 0;
}
