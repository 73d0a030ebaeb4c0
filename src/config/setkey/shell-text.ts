/**
 * setkey statements within a shell script: which parts of a text they are, and how to read what the
 * shell would put in.
 *
 * @module
 */
import type { Span } from '../source.ts';

/**
 * The parts of `text` that setkey reads: what stands between `setkey -c <<EOF` and `EOF`, or all of it
 * where nothing is passed on so.
 */
export function setkeyParts(text: string): readonly Span[] {
  const parts: Span[] = [];
  HERE_DOCUMENT.lastIndex = 0;
  for (let found = nextHereDocument(text); found !== null; found = nextHereDocument(text)) {
    const [whole, dash = '', word = ''] = found;
    const start = found.index + whole.length;
    const end = endOfHereDocument(text, start, word, dash === '-');
    parts.push({ start, end });
    HERE_DOCUMENT.lastIndex = end;
  }
  return parts.length === 0 ? [{ start: 0, end: text.length }] : parts;
}

function nextHereDocument(text: string): RegExpExecArray | null {
  return HERE_DOCUMENT.exec(text);
}

/** Where the line `word` begins, or the text ends. */
function endOfHereDocument(text: string, start: number, word: string, indented: boolean): number {
  let at = start;
  for (const line of text.slice(start).split(/(?<=\n)/)) {
    const bare = indented ? line.replace(/^\t+/, '') : line;
    if (bare.replace(/\r?\n$/, '') === word) return at;
    at += line.length;
  }
  return text.length;
}

/** A line that hands a here-document to setkey, up to its end. */
const HERE_DOCUMENT = /^[^#\n]*\bsetkey\b[^#\n]*<<(-?)\s*["'\\]?([A-Za-z_]\w*)["']?[^\n]*\n/gm;

/**
 * `text` with letters for what the shell would put in, character for character: `$LOCAL` and `${LOCAL}`
 * are words, and of `${LOCAL:+...}` what is between stands by itself.
 */
export function withoutVariables(text: string): string {
  let masked = text.replaceAll(/\$\{\w+\}|\$\w+/g, (variable) => 'x'.repeat(variable.length));
  // Innermost first.
  for (let before = ''; before !== masked; ) {
    before = masked;
    masked = masked.replaceAll(
      /(\$\{\w+:?[-+])([^{}]*)\}/g,
      (_whole, head: string, inner: string) => `${' '.repeat(head.length)}${inner} `,
    );
  }
  return masked;
}
