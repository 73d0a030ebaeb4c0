/**
 * Host-order access to octet strings, for structures shared with the kernel: netlink messages,
 * `struct msghdr`, `struct ifreq`. Packets are `octets.ts`.
 *
 * @module
 */

/** Whether this machine keeps the low octet of an integer first. */
export const LITTLE_ENDIAN: boolean = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Reads the unsigned 16-bit integer at `at`. */
export function hostU16(octets: Uint8Array, at: number): number {
  const [low, high] = LITTLE_ENDIAN ? [at, at + 1] : [at + 1, at];
  return octets[low]! | (octets[high]! << 8);
}

/** Reads the unsigned 32-bit integer at `at`. */
export function hostU32(octets: Uint8Array, at: number): number {
  const [low, high] = LITTLE_ENDIAN ? [at, at + 2] : [at + 2, at];
  return (hostU16(octets, low) | (hostU16(octets, high) << 16)) >>> 0;
}

/** Reads the unsigned 64-bit integer at `at`; exact up to 2^53. */
export function hostU64(octets: Uint8Array, at: number): number {
  const [low, high] = LITTLE_ENDIAN ? [at, at + 4] : [at + 4, at];
  return hostU32(octets, high) * 2 ** 32 + hostU32(octets, low);
}

/** Writes the low 16 bits of `value` at `at`. */
export function setHostU16(octets: Uint8Array, at: number, value: number): void {
  const [low, high] = LITTLE_ENDIAN ? [at, at + 1] : [at + 1, at];
  octets[low] = value;
  octets[high] = value >>> 8;
}

/** Writes `value` as an unsigned 32-bit integer at `at`. */
export function setHostU32(octets: Uint8Array, at: number, value: number): void {
  const [low, high] = LITTLE_ENDIAN ? [at, at + 2] : [at + 2, at];
  setHostU16(octets, low, value);
  setHostU16(octets, high, value >>> 16);
}

/** Writes the non-negative integer `value`, at most 2^53 - 1, as 64 bits at `at`. */
export function setHostU64(octets: Uint8Array, at: number, value: number): void {
  const [low, high] = LITTLE_ENDIAN ? [at, at + 4] : [at + 4, at];
  setHostU32(octets, low, value);
  setHostU32(octets, high, Math.floor(value / 2 ** 32));
}
