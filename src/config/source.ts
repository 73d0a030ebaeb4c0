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

/** Where a statement stands. */
export interface Location {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number;
  /** The statement, as far as its first line goes. Keys are left out. */
  readonly text: string;
}

/** The line around a span, fit to be printed. */
export interface Excerpt {
  /** Without keys, control characters and line end; a blank for each tab. */
  readonly line: string;
  /** The span within `line`; at least one character, as far as the line goes. */
  readonly mark: Span;
}

export class SourceText {
  readonly name: string;
  readonly text: string;
  readonly #secrets: readonly Span[];
  readonly #lineStarts: readonly number[];

  /** `secrets` are the spans never to be shown, ascending. */
  constructor(name: string, text: string, secrets: readonly Span[]) {
    this.name = name;
    this.text = text;
    this.#secrets = secrets;
    const starts = [0];
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
      starts.push(at + 1);
    }
    this.#lineStarts = starts;
  }

  /** Line and column of the character at `offset`, both counted from 1. */
  place(offset: number): { readonly line: number; readonly column: number } {
    const line = lastAtMost(this.#lineStarts, offset, (start) => start);
    return { line: line + 1, column: offset - this.#lineStart(line) + 1 };
  }

  /** Where the statement that covers `span` begins. */
  location(span: Span): Location {
    const { line, column } = this.place(span.start);
    const end = Math.min(span.end, this.#lineEnd(line - 1));
    return { file: this.name, line, column, text: printable(this.#shown(span.start, end)).trim() };
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
    const first = Math.max(
      0,
      lastAtMost(this.#secrets, start, (secret) => secret.start),
    );
    for (let k = first; k < this.#secrets.length && at < end; k++) {
      const secret = this.#secrets[k];
      if (secret === undefined || secret.start >= end) break;
      if (secret.end <= at) continue;
      shown += withoutKeys(this.text.slice(at, Math.max(at, secret.start)));
      if (secret.start >= start) shown += maskSecret(this.text.slice(secret.start, secret.end));
      else shown += '…';
      at = secret.end;
    }
    return at < end ? shown + withoutKeys(this.text.slice(at, end)) : shown;
  }

  #lineStart(line: number): number {
    return this.#lineStarts[line] ?? this.text.length;
  }

  /** Where the line ends, its line feed and a carriage return before it not included. */
  #lineEnd(line: number): number {
    const next = this.#lineStarts[line + 1];
    const end = next === undefined ? this.text.length : next - 1;
    return end > this.#lineStart(line) && this.text[end - 1] === '\r' ? end - 1 : end;
  }
}

/** Whether there is a run of hexadecimal digits in `text` that may be a key. */
export function looksLikeKey(text: string): boolean {
  return text.search(KEY_DIGITS) !== -1;
}

/** `text`, which is no secret as a whole: a comment may hold an old key, in digits or in quotes. */
function withoutKeys(text: string): string {
  return text.replaceAll(QUOTED, maskSecret).replaceAll(KEY_DIGITS, '…');
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

/** The index of the last of `items` that begins at or before `limit`; -1 when there is none. */
function lastAtMost<T>(items: readonly T[], limit: number, startOf: (item: T) => number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && startOf(item) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** As many hexadecimal digits as the shortest key of any algorithm has (DES, 64 bits), or more. */
const KEY_DIGITS = /[\da-f]{16,}/gi;

/** The second quote may lie beyond what is shown. */
const QUOTED = /"[^"]*"?/g;

/** How much of a long line is shown around a mark. */
const MOST_BEFORE = 400;
const MOST_AFTER = 400;
