/**
 * Single words and what they stand for in every configuration language: numbers within bounds, and
 * one of a list. Every function returns `undefined` when the word is not what it should be, and has
 * reported it.
 *
 * @module
 */
import type { Report } from './diagnostic.ts';
import { suggestedFix } from './suggest.ts';
import type { Word } from './token.ts';

/** The numbers that may stand somewhere. */
export interface Bounds {
  /** With its article: `an SPI`. */
  readonly what: string;
  readonly least: number;
  readonly most: number;
  /** Whether `0x` and hexadecimal digits will do as well. */
  readonly hex?: boolean;
}

export function readNumber(word: Word, bounds: Bounds, report: Report): number | undefined {
  const { what, least, most, hex = false } = bounds;
  const isHex = /^0x[\da-f]+$/i.test(word.text);
  const expected = `a number from ${least} to ${most}${hex ? ', or 0x and hexadecimal digits' : ''}`;
  if (!(isHex ? hex : /^\d+$/.test(word.text))) {
    const fix = hex && /^[\da-f]{1,8}$/i.test(word.text) ? `write 0x${word.text}` : null;
    return report.error('not-a-number', word.span, `${word.shown} is not ${what}`, {
      expected,
      fix,
    });
  }
  const value = Number(word.text);
  if (value >= least && value <= most) return value;
  const message = `${word.shown} is too ${value < least ? 'small' : 'large'} for ${what}`;
  return report.error('out-of-range', word.span, message, { expected });
}

/** A list of words of which one must stand somewhere. */
export interface Choice<T extends string> {
  /** Without its article: `mode`. */
  readonly noun: string;
  readonly words: readonly T[];
  /** What to say of words outside of the list, where more can be said than that. */
  readonly others?: ReadonlyMap<string, string>;
}

export function readChoice<T extends string>(
  word: Word,
  choice: Choice<T>,
  report: Report,
): T | undefined {
  const { noun, words, others } = choice;
  const found = words.find((candidate) => candidate === word.text);
  if (found !== undefined) return found;
  const message = `${word.shown} is not ${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
  return report.error(`unknown-${noun.replaceAll(' ', '-')}`, word.span, message, {
    expected: words.join(', '),
    fix: others?.get(word.text) ?? suggestedFix(word.text, words),
  });
}
