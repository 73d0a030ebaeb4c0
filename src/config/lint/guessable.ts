/**
 * Keys that somebody made up: how unlikely such octets are where they were drawn by lot.
 *
 * Everything but words is judged by one measure. Of `n` numbers from `0` to `size - 1`, drawn by lot,
 * the chance to see no more than `d` different ones is at most C(size, d) (d / size)^n. Where that is
 * less than one in 2^{@link SURPRISE_BITS}, nobody drew them. It is asked of the octets themselves, of
 * the steps between neighbours (`00112233...`), and of the same of their hexadecimal digits
 * (`0123456789abcdef...`), so that a random key is taken for another about once in 2^38.
 *
 * @module
 */
import { u8 } from '../../octets/octets.ts';

/**
 * Why `octets` can be guessed, as a clause that does not quote them; `null` when nothing shows. `isText`
 * tells that they were written as characters, which is otherwise concluded from what they are.
 */
export function whyGuessable(octets: Uint8Array, isText: boolean): string | null {
  const asText = whyGuessableText(octets, isText);
  if (asText !== null) return asText;
  const digits = Array.from(octets, (octet) => [octet >> 4, octet & 15]).flat();
  if (repeats(octets)) return 'it repeats itself';
  if (isScarce([...octets], 256) || isScarce(digits, 16)) return 'it has few different octets';
  if (isScarce(steps(octets, 256), 256) || isScarce(steps(digits, 16), 16)) {
    return 'it counts up or down in steps';
  }
  return null;
}

/** As {@link whyGuessable}, of a pre-shared key, whose length nothing prescribes. */
export function whyGuessablePsk(octets: Uint8Array): string | null {
  if (octets.length < LEAST_PSK_OCTETS) return 'it is short';
  return whyGuessable(octets, isPrintable(octets, true));
}

/** Whether the octets are ASCII characters that print, and by more than chance. */
export function isPrintable(octets: Uint8Array, isText: boolean): boolean {
  return isMadeOf(/^[ -~]+$/, 95, octets, isText);
}

function whyGuessableText(octets: Uint8Array, isText: boolean): string | null {
  if (isMadeOf(/^\d+$/, 10, octets, isText)) return 'it is a number in characters';
  const oneCase =
    isMadeOf(/^[a-z]+$/, 26, octets, isText) || isMadeOf(/^[A-Z]+$/, 26, octets, isText);
  if (oneCase) return 'it is letters of one case';
  if (!isPrintable(octets, isText)) return null;
  const text = String.fromCharCode(...octets);
  const inWords = (text.match(WORD) ?? []).reduce((sum, word) => sum + word.length, 0);
  return inWords >= text.length * WORDY ? 'it is words' : null;
}

/** Whether the key is a shorter one twice or more often, and by more than chance. */
function repeats(octets: Uint8Array): boolean {
  const longest = Math.min(octets.length / 2, octets.length - SURPRISE_BITS / 8);
  for (let period = 1; period <= longest; period++) {
    let at = period;
    while (at < octets.length && u8(octets, at) === u8(octets, at - period)) at++;
    if (at === octets.length) return true;
  }
  return false;
}

/** Whether so few of `size` values would hardly have been drawn. */
function isScarce(values: readonly number[], size: number): boolean {
  const different = new Set(values).size;
  const chance = values.length * Math.log2(size / different);
  return chance - log2Choices(size, different) >= SURPRISE_BITS;
}

/** From each value to the next, modulo `size`. */
function steps(values: Iterable<number>, size: number): number[] {
  const all = [...values];
  return all.slice(1).map((value, at) => (value - (all[at] ?? 0) + size) % size);
}

/** Whether every character is one of the `size` that `pattern` takes, and by more than chance. */
function isMadeOf(pattern: RegExp, size: number, octets: Uint8Array, isText: boolean): boolean {
  if (!isText && octets.length * Math.log2(256 / size) < SURPRISE_BITS) return false;
  return pattern.test(String.fromCharCode(...octets));
}

/** The binary logarithm of the number of ways to choose `chosen` of `size`. */
function log2Choices(size: number, chosen: number): number {
  let sum = 0;
  for (let k = 1; k <= chosen; k++) sum += Math.log2((size - chosen + k) / k);
  return sum;
}

/** Of a pre-shared key: 128 bits, were they drawn by lot. */
export const LEAST_PSK_OCTETS = 16;

/** Of random keys, one in 2^40 may be taken for made up. */
const SURPRISE_BITS = 40;

/** Four letters or more with a vowel among them, and no capital but the first. */
const WORD = /(?=[A-Za-z][bcdfghj-np-tv-xz]*[aeiouy])[A-Za-z][a-z]{3,}/g;
/** How much of a text must be words. */
const WORDY = 0.75;
