/**
 * Languages that are lines of words with blanks between: text to words, each with its place.
 *
 * @module
 */
import type { Span } from './source.ts';

/** A word and where it stands. */
export interface PlacedWord extends Span {
  readonly text: string;
}

/** A line without its end. */
export interface Line extends Span {
  readonly words: readonly PlacedWord[];
  /** Whether it begins with a blank. */
  readonly indented: boolean;
}

/** The lines of `text` that have a word, in their order; those that begin with `comment` left out. */
export function* linesOf(text: string, comment = '#'): Generator<Line> {
  let start = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const words = wordsOf(text, start, end);
    const [first, last] = [words[0], words.at(-1)];
    if (first !== undefined && last !== undefined && !first.text.startsWith(comment)) {
      yield { start: first.start, end: last.end, words, indented: first.start > start };
    }
    start = end + 1;
  }
}

/** The words between `start` and `end` of `text`. */
export function wordsOf(text: string, start: number, end: number): PlacedWord[] {
  const words: PlacedWord[] = [];
  for (const { 0: word, index } of text.slice(start, end).matchAll(/\S+/g)) {
    words.push({ text: word, start: start + index, end: start + index + word.length });
  }
  return words;
}

/** The word behind the first one called `name`. */
export function wordAfter(words: readonly PlacedWord[], name: string): PlacedWord | undefined {
  const place = words.findIndex(({ text }) => text === name);
  return place < 0 ? undefined : words[place + 1];
}

const BYTE_ORDER_MARK = '\ufeff';
