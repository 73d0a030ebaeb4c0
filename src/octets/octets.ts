/**
 * Network-order access to octet strings.
 *
 * Every multi-octet integer of a packet is read and written here and nowhere else. Offsets count
 * octets. Nothing here checks lengths: a codec checks the length once, up front, and then reads
 * freely. Host-order integers (netlink) are `host.ts`.
 *
 * @module
 */

/** Reads the octet at `at`. */
export function u8(octets: Uint8Array, at: number): number {
  return octets[at]!;
}

/** Reads the unsigned 16-bit integer at `at`. */
export function u16(octets: Uint8Array, at: number): number {
  return (octets[at]! << 8) | octets[at + 1]!;
}

/** Reads the unsigned 32-bit integer at `at`. */
export function u32(octets: Uint8Array, at: number): number {
  return (
    ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0
  );
}

/** Writes the low 8 bits of `value` at `at`. */
export function setU8(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value;
}

/** Writes the low 16 bits of `value` at `at`. */
export function setU16(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 8;
  octets[at + 1] = value;
}

/** Writes `value` as an unsigned 32-bit integer at `at`. */
export function setU32(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 24;
  octets[at + 1] = value >>> 16;
  octets[at + 2] = value >>> 8;
  octets[at + 3] = value;
}

/** Whether two octet strings are equal. For addresses and the like: stops at the first difference. */
export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** One octet string from several. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Whether the `length` octets at `a` and at `b` of one memory are equal, in a time that depends on
 * `length` alone: for ICVs, where the place of the first difference must not show.
 */
export function equalInConstantTime(
  octets: Uint8Array,
  a: number,
  b: number,
  length: number,
): boolean {
  let difference = 0;
  for (let at = 0; at < length; at++) difference |= octets[a + at]! ^ octets[b + at]!;
  return difference === 0;
}
