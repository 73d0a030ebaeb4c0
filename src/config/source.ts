/**
 * The text of a configuration file, and how places in it are told to people: line and column, and
 * the line itself with its key material left out.
 *
 * @module
 */

/** Characters `start` to `end`, the latter not included, counted from 0 in UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where a statement stands. Worked out when asked for: of most statements nobody ever asks. */
export interface Location {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number;
  /** The statement, as far as its first line goes. Keys are left out. */
  readonly text: string;
  readonly span: Span;
}

/** The line around a span, fit to be printed. */
export interface Excerpt {
  /** Without keys, control characters and line end; a blank for each tab. */
  readonly line: string;
  /** The span within `line`; at least one character, as far as the line goes. */
  readonly mark: Span;
}

/**
 * What texts in quotes are where nothing else is known of them, as in comments: keys, as in setkey's
 * files, or names of files and people.
 */
export type Quoted = 'secret' | 'name';

export class SourceText {
  readonly name: string;
  readonly text: string;
  /** Where each secret starts and ends, by turns, ascending. */
  readonly #secrets: number[] = [];
  readonly #quoted: Quoted;
  #lineStarts: readonly number[] | null = null;

  constructor(name: string, text: string, quoted: Quoted = 'secret') {
    this.name = name;
    this.text = text;
    this.#quoted = quoted;
  }

  /** Has the characters from `start` to `end` never be shown. To be called in ascending order. */
  hide(start: number, end: number): void {
    this.#secrets.push(start, end);
  }

  /** Line and column of the character at `offset`, both counted from 1. */
  place(offset: number): { readonly line: number; readonly column: number } {
    const line = lastAtMost(this.#lines(), offset);
    return { line: line + 1, column: offset - this.#lineStart(line) + 1 };
  }

  /** The offset of what stands at `line` and `column`, both counted from 1: the way back from {@link place}. */
  offset(line: number, column: number): number {
    return this.#lineStart(line - 1) + column - 1;
  }

  /** Where the statement that covers `span` begins. */
  location(span: Span): Location {
    return new StatementLocation(this, span);
  }

  /** The text of `span` as far as its first line goes, fit to be printed. */
  firstLine(span: Span): string {
    const { line } = this.place(span.start);
    const end = Math.min(span.end, this.#lineEnd(line - 1));
    return printable(this.#shown(span.start, end)).trim();
  }

  /** The line on which `span` begins, clipped around it when it is very long. */
  excerpt(span: Span): Excerpt {
    const { line } = this.place(span.start);
    const lineEnd = this.#lineEnd(line - 1);
    const from = Math.max(this.#lineStart(line - 1), span.start - MOST_BEFORE);
    const to = Math.min(lineEnd, span.start + MOST_AFTER);
    const before = this.#shown(from, Math.min(span.start, to));
    const marked = this.#shown(span.start, Math.min(span.end, to));
    const after = this.#shown(Math.max(span.start, Math.min(span.end, to)), to);
    return {
      line: printable(before + marked + after),
      mark: { start: before.length, end: before.length + Math.max(1, marked.length) },
    };
  }

  /** The text from `start` to `end` with an ellipsis for the inside of every secret. */
  #shown(start: number, end: number): string {
    let shown = '';
    let at = start;
    const secrets = this.#secrets;
    // From the secret that begins last at or before `start`; -2 is the place of none.
    const first = Math.max(0, lastAtMost(secrets, start) & ~1);
    for (let k = first; k < secrets.length && at < end; k += 2) {
      const [secretStart, secretEnd] = [secrets[k] ?? end, secrets[k + 1] ?? end];
      if (secretStart >= end) break;
      if (secretEnd <= at) continue;
      shown += this.#withoutKeys(this.text.slice(at, Math.max(at, secretStart)));
      shown += secretStart >= start ? maskSecret(this.text.slice(secretStart, secretEnd)) : '…';
      at = secretEnd;
    }
    return at < end ? shown + this.#withoutKeys(this.text.slice(at, end)) : shown;
  }

  /** `text`, which is no secret as a whole: a comment may hold an old key, in digits or in quotes. */
  #withoutKeys(text: string): string {
    const unquoted = this.#quoted === 'name' ? text : text.replaceAll(QUOTED, maskSecret);
    return unquoted.replaceAll(KEY_DIGITS, '…');
  }

  /** Where each line starts. */
  #lines(): readonly number[] {
    if (this.#lineStarts === null) {
      const starts = [0];
      for (let at = this.text.indexOf('\n'); at !== -1; at = this.text.indexOf('\n', at + 1)) {
        starts.push(at + 1);
      }
      this.#lineStarts = starts;
    }
    return this.#lineStarts;
  }

  #lineStart(line: number): number {
    return this.#lines()[line] ?? this.text.length;
  }

  /** Where the line ends, its line feed and a carriage return before it not included. */
  #lineEnd(line: number): number {
    const next = this.#lines()[line + 1];
    const end = next === undefined ? this.text.length : next - 1;
    return end > this.#lineStart(line) && this.text[end - 1] === '\r' ? end - 1 : end;
  }
}

class StatementLocation implements Location {
  readonly #source: SourceText;
  readonly span: Span;

  constructor(source: SourceText, span: Span) {
    this.#source = source;
    this.span = span;
  }

  get file(): string {
    return this.#source.name;
  }

  get line(): number {
    return this.#source.place(this.span.start).line;
  }

  get column(): number {
    return this.#source.place(this.span.start).column;
  }

  get text(): string {
    return this.#source.firstLine(this.span);
  }
}

/** Whether there is a run of hexadecimal digits in `text` that may be a key. */
export function looksLikeKey(text: string): boolean {
  return text.length >= LEAST_KEY_DIGITS && text.search(KEY_DIGITS) !== -1;
}

/** What is shown of a secret: how it is written, and nothing that it says. */
export function maskSecret(text: string): string {
  if (text.startsWith('"')) return text.length > 1 && text.endsWith('"') ? '"…"' : '"…';
  return /^0x/i.test(text) ? `${text.slice(0, 2)}…` : '…';
}

/** `text` without anything that a terminal could obey. Its length stays the same. */
export function printable(text: string): string {
  return text
    .replaceAll('\t', ' ')
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => '\ufffd'.repeat(character.length));
}

/** The index of the last of the ascending `numbers` that is `limit` or less; -1 when there is none. */
function lastAtMost(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? limit) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** As many hexadecimal digits as the shortest key of any algorithm has (DES, 64 bits), or more. */
const LEAST_KEY_DIGITS = 16;
const KEY_DIGITS = new RegExp(`[\\da-f]{${LEAST_KEY_DIGITS},}`, 'gi');

/** The second quote may lie beyond what is shown. */
const QUOTED = /"[^"]*"?/g;

/** How much of a long line is shown around a mark. */
const MOST_BEFORE = 400;
const MOST_AFTER = 400;
