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
import { Scanner } from '../scanner.ts';
import { looksLikeKey, type SourceText } from '../source.ts';
import { Token, type TokenKind } from '../token.ts';

/** Cuts a text, one token at a time. */
export class Lexer {
  readonly #source: SourceText;
  readonly #scanner: Scanner;

  constructor(source: SourceText) {
    this.#source = source;
    this.#scanner = new Scanner(source.text);
  }

  /** The next token. At the end of the text it is of kind `end`, however often it is asked for. */
  next(): Token {
    const scanner = this.#scanner;
    scanner.skipBlanks();
    const start = scanner.at;
    const kind = kindOf(scanner);
    const text = scanner.text.slice(start, scanner.at);
    const opens = scanner.startsLine && kind === 'word';
    scanner.startsLine = false;
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
}

/** Moves past one token and tells its kind. */
function kindOf(scanner: Scanner): TokenKind {
  if (scanner.next === undefined) return 'end';
  if (scanner.next === '"') return scanner.moveQuoted();
  if (scanner.move(HEX)) return 'hex';
  if (scanner.move(NUMBER)) return 'number';
  if (scanner.move(WORD)) return 'word';
  if (scanner.move(SIGN)) return 'sign';
  scanner.move(STRAY);
  return 'stray';
}

const HEX = /0x[\da-f]+(?![\w:.%])/iy;
/** A unit of time may stand right behind it: `10sec`. */
const NUMBER = /\d+(?![\w:.%])|\d+(?=(?:sec|min|hour)[a-z]*(?![\w:.%]))/y;
const WORD = /[\w:.%]+/y;
const SIGN = /[{};,[\]/=-]/y;
const STRAY = /[^\w:.%"#{};,[\]/=\s-]+|./sy;
