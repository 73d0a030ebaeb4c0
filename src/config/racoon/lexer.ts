/**
 * The racoon.conf language, cut into tokens.
 *
 * A word is a keyword, a number or an address: `aes`, `3des`, `28800`, `2001:db8::1%eth0`. What may
 * stand right behind an address, a prefix length, a port or another address, is tokens of its own.
 *
 * Not racoon: it went by letters where no keyword fitted, so that `foo` was an address `f` and two
 * letters that it kept for the next word. Here a word ends where a blank or a sign begins. Carriage
 * returns are blanks.
 *
 * Every character lands in a token, a comment or a blank; nothing is refused here. The time taken
 * grows with the length of the text and no faster.
 *
 * @module
 */
import { looksLikeKey, type SourceText } from '../source.ts';
import { Token, type TokenKind } from '../token.ts';

/** Cuts a text, one token at a time. */
export class Lexer {
  readonly #source: SourceText;
  readonly #text: string;
  #at: number;
  #startsLine = true;

  constructor(source: SourceText) {
    this.#source = source;
    this.#text = source.text;
    this.#at = source.text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  }

  /** The next token. At the end of the text it is of kind `end`, however often it is asked for. */
  next(): Token {
    this.#skipBlanks();
    const start = this.#at;
    const kind = this.#scan();
    const text = this.#text.slice(start, this.#at);
    const opens = this.#startsLine && kind === 'word';
    this.#startsLine = false;
    return new Token(kind, text, start, kind !== 'quoted' && looksLikeKey(text), opens);
  }

  /**
   * Has `token` never be shown, as it is or may be a password, and returns it as a secret one. To be
   * called in the order of the text.
   */
  hide(token: Token): Token {
    this.#source.hide(token.start, token.end);
    return new Token(token.kind, token.text, token.start, true, token.opensStatement);
  }

  #skipBlanks(): void {
    for (;;) {
      const character = this.#text[this.#at];
      if (character === '\n') this.#startsLine = true;
      else if (character === '#') this.#at = this.#endOfLine() - 1;
      else if (character !== ' ' && character !== '\t' && character !== '\r') return;
      this.#at++;
    }
  }

  /** Moves past one token and tells its kind. */
  #scan(): TokenKind {
    const first = this.#text[this.#at];
    if (first === undefined) return 'end';
    if (first === '"') return this.#scanQuoted();
    if (this.#move(HEX)) return 'hex';
    if (this.#move(NUMBER)) return 'number';
    if (this.#move(WORD)) return 'word';
    if (this.#move(SIGN)) return 'sign';
    this.#move(STRAY);
    return 'stray';
  }

  /** A text in quotes may go on over several lines; one that never ends is taken to end with its line. */
  #scanQuoted(): TokenKind {
    const close = this.#text.indexOf('"', this.#at + 1);
    this.#at = close === -1 ? this.#endOfLine() : close + 1;
    return close === -1 ? 'unterminated' : 'quoted';
  }

  #move(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #endOfLine(): number {
    const end = this.#text.indexOf('\n', this.#at);
    return end === -1 ? this.#text.length : end;
  }
}

const BYTE_ORDER_MARK = '\ufeff';

const HEX = /0x[\da-f]+(?![\w:.%])/iy;
/** A unit of time may stand right behind it: `10sec`. */
const NUMBER = /\d+(?![\w:.%])|\d+(?=(?:sec|min|hour)[a-z]*(?![\w:.%]))/y;
const WORD = /[\w:.%]+/y;
const SIGN = /[{};,[\]/=-]/y;
const STRAY = /[^\w:.%"#{};,[\]/=\s-]+|./sy;
