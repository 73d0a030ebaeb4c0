/**
 * Lengths of keys, in bits, where an algorithm takes more of them than are worth writing down.
 *
 * @module
 */

/** Every whole number of octets from `least` to `most` bits. */
export function octetsFrom(least: number, most: number): readonly number[] {
  return Array.from({ length: (most - least) / 8 + 1 }, (_, k) => least + k * 8);
}

/** `128, 192, 256`, or `40 to 448 in steps of 8`. */
export function formatKeyBits(keyBits: readonly number[]): string {
  return isRange(keyBits) ? `${keyBits[0]} to ${keyBits.at(-1)} in steps of 8` : keyBits.join(', ');
}

/** Whether `keyBits` are so many that their ends tell more than the list. */
export function isRange(keyBits: readonly number[]): boolean {
  return keyBits.length > LONGEST_LIST;
}

const LONGEST_LIST = 4;
