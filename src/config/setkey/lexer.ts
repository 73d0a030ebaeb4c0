/**
 * The setkey language, cut into tokens.
 *
 * Two modes. Outside of policies a word may contain hyphens (`aes-cbc`) and `-` with letters is an
 * option. After `-P` and up to the `;`, hyphens stand between words (`10.9.0.1-10.9.0.2`). The name
 * of a statement at the beginning of a line ends a policy whose `;` was forgotten.
 *
 * Not setkey: comments are comments inside a policy too, and the carriage returns of a CRLF file
 * are blanks; setkey 0.8 refused both.
 *
 * Every character lands in a token, a comment or a blank; nothing is refused here. The time taken
 * grows with the length of the text and no faster.
 *
 * @module
 */
import { looksLikeKey } from '../source.ts';
import { STATEMENT_NAMES, type Token, type TokenKind } from './token.ts';

/** Cuts `text`; the last token is of kind `end`. */
export function tokenize(text: string): readonly Token[] {
  const lexer = new Lexer(text);
  const tokens: Token[] = [];
  for (;;) {
    const token = lexer.next();
    tokens.push(token);
    if (token.kind === 'end') return tokens;
  }
}

class Lexer {
  readonly #text: string;
  #at: number;
  #startsLine = true;
  #inPolicy = false;
  /** Whether an algorithm's name comes next, or its key. */
  #awaits: 'algorithm' | 'key' | null = null;

  constructor(text: string) {
    this.#text = text;
    this.#at = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  }

  next(): Token {
    this.#skipBlanks();
    const start = this.#at;
    const kind = this.#scan();
    const text = this.#text.slice(start, this.#at);
    const opensStatement = this.#startsLine && kind === 'word' && STATEMENTS.has(text);
    if (opensStatement) this.#inPolicy = false;
    const secret = !opensStatement && this.#isSecret(kind, text);
    this.#turn(kind, text, opensStatement);
    this.#startsLine = false;
    return { kind, text, start, end: this.#at, secret, opensStatement };
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
    if (!this.#inPolicy && this.#move(OPTION)) return 'option';
    const start = this.#at;
    if (this.#move(this.#inPolicy ? POLICY_WORD : WORD)) {
      return isDigits(this.#text, start, this.#at) ? 'number' : 'word';
    }
    if (this.#move(SIGN)) return 'sign';
    this.#move(STRAY);
    return 'stray';
  }

  #scanQuoted(): TokenKind {
    const close = this.#text.indexOf('"', this.#at + 1);
    this.#at = close === -1 ? this.#endOfLine() : close + 1;
    return close === -1 ? 'unterminated' : 'quoted';
  }

  /** Whether the token may be a key, by its place or by its looks. */
  #isSecret(kind: TokenKind, text: string): boolean {
    if (kind === 'quoted' || kind === 'unterminated' || looksLikeKey(text)) return true;
    if (this.#awaits !== 'key') return false;
    return kind === 'hex' || kind === 'word' || kind === 'number' || kind === 'stray';
  }

  /** Remembers what the token means for those after it. */
  #turn(kind: TokenKind, text: string, opensStatement: boolean): void {
    if (kind === 'option') {
      this.#inPolicy = text === '-P';
      this.#awaits = text === '-E' || text === '-A' ? 'algorithm' : null;
    } else if (text === ';' || opensStatement) {
      this.#inPolicy = false;
      this.#awaits = null;
    } else if (this.#awaits === 'algorithm') {
      this.#awaits = 'key';
    }
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

function isDigits(text: string, start: number, end: number): boolean {
  DIGITS.lastIndex = start;
  return DIGITS.test(text) && DIGITS.lastIndex === end;
}

const STATEMENTS: ReadonlySet<string> = new Set(STATEMENT_NAMES);
const BYTE_ORDER_MARK = '\ufeff';

const HEX = /0x[\da-f]+(?![\w:%.])/iy;
const DIGITS = /\d+/y;
/** Capitals are options of one letter, so that `-Pout` and `-Enull` are read as setkey reads them. */
const OPTION = /-(?:[A-Z]|[a-z\d_]+)/y;
const WORD = /[\w:%.,][\w:%.,-]*/y;
const POLICY_WORD = /[\w:%.,]+/y;
const SIGN = /[-+/[\];]/y;
const STRAY = /[^\w:%.,"#;/[\]+\s-]+|./sy;
