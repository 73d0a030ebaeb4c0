/**
 * Octets as hexadecimal text and back.
 *
 * @module
 */
import { u8 } from './octets.ts';

/** `octets` as lower-case hexadecimal digits, two each, nothing between. */
export function toHex(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) text += PAIRS[octet];
  return text;
}

/** The low 16 bits of `value` as four digits. */
export function hex16(value: number): string {
  return `${PAIRS[(value >>> 8) & 0xff]}${PAIRS[value & 0xff]}`;
}

/** An unsigned 32-bit integer as eight digits. */
export function hex32(value: number): string {
  return hex16(value >>> 16) + hex16(value);
}

/**
 * The octets that `digits` spell. An odd number of digits gets a leading zero, as setkey does.
 * `undefined` when another character is among them.
 */
export function fromHex(digits: string): Uint8Array | undefined {
  const odd = digits.length % 2;
  const octets = new Uint8Array((digits.length + odd) / 2);
  for (let at = 0; at < digits.length; at++) {
    const value = digitValue(digits.charCodeAt(at));
    if (value === undefined) return undefined;
    const place = (at + odd) >> 1;
    octets[place] = (u8(octets, place) << 4) | value;
  }
  return octets;
}

/** What the digit of character code `code` stands for. */
function digitValue(code: number): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : undefined;
}

/** The digits of every octet. */
const PAIRS: readonly string[] = Array.from({ length: 0x100 }, (_, octet) =>
  octet.toString(16).padStart(2, '0'),
);
