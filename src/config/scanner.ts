/**
 * Going through the text of a configuration file, as the lexers of setkey and racoon.conf do alike: over
 * blanks and comments, and over what a pattern matches.
 *
 * A byte order mark at the beginning is passed over, and carriage returns are blanks. A comment goes from
 * `#` to the end of its line.
 *
 * @module
 */
import type { TokenKind } from './token.ts';

export class Scanner {
  readonly text: string;
  /** The place of the next character. */
  at: number;
  /** Whether {@link skipBlanks} has come to a new line since the lexer set it to `false`; so at first. */
  startsLine = true;

  constructor(text: string) {
    this.text = text;
    this.at = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  }

  /** The next character; `undefined` at the end. */
  get next(): string | undefined {
    return this.text[this.at];
  }

  /** Moves past blanks, ends of lines and comments. */
  skipBlanks(): void {
    for (;;) {
      const character = this.next;
      if (character === '\n') this.startsLine = true;
      else if (character === '#') this.at = this.#endOfLine() - 1;
      else if (character !== ' ' && character !== '\t' && character !== '\r') return;
      this.at++;
    }
  }

  /**
   * Moves past a text in quotes, which may go on over several lines, and tells what it is; one that never
   * ends is taken to end with its line.
   */
  moveQuoted(): TokenKind & ('quoted' | 'unterminated') {
    const close = this.text.indexOf('"', this.at + 1);
    this.at = close === -1 ? this.#endOfLine() : close + 1;
    return close === -1 ? 'unterminated' : 'quoted';
  }

  /** Moves past what `pattern`, which is sticky, matches here; whether it does. */
  move(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) return false;
    this.at = pattern.lastIndex;
    return true;
  }

  #endOfLine(): number {
    const end = this.text.indexOf('\n', this.at);
    return end === -1 ? this.text.length : end;
  }
}

const BYTE_ORDER_MARK = '\ufeff';
