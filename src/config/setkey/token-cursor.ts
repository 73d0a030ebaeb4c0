/**
 * Sequential reading of tokens, one statement at a time.
 *
 * Like `octets/reader.ts`, a cursor remembers the first failure of a statement and from then on sees
 * the end of the file and returns empty words: a parser is a straight line of reads, and every loop
 * in it ends. {@link TokenCursor.endStatement} then withholds the statement and moves to the next.
 *
 * @module
 */
import type { Hints, Report } from '../diagnostic.ts';
import type { Span } from '../source.ts';
import { describeToken, Token } from '../token.ts';
import type { Lexer } from './lexer.ts';
import type { Host, Word } from './syntax.ts';

export class TokenCursor {
  readonly #lexer: Lexer;
  readonly #report: Report;
  /** The next token, once it was looked at, and those behind it that were. */
  #next: Token | null = null;
  readonly #later: Token[] = [];
  /** The last token taken. */
  #before: Token = NOTHING;
  /** Whether any token of the present statement was taken. */
  #begun = false;
  #failed = false;

  constructor(lexer: Lexer, report: Report) {
    this.#lexer = lexer;
    this.#report = report;
  }

  /** The next token, or the one `ahead` of it. */
  peek(ahead = 0): Token {
    if (this.#failed) return NOTHING;
    this.#next ??= this.#later.shift() ?? this.#lexer.next();
    if (ahead === 0) return this.#next;
    while (this.#later.length < ahead) this.#later.push(this.#lexer.next());
    return this.#later[ahead - 1] ?? NOTHING;
  }

  /** Whether the next token, or the one `ahead` of it, is the word or sign `text`. */
  sees(text: string, ahead = 0): boolean {
    return this.peek(ahead).text === text;
  }

  /** Takes the next token, whatever it is. */
  advance(): Token {
    const token = this.peek();
    if (token.kind === 'end') return token;
    this.#next = null;
    this.#before = token;
    this.#begun = true;
    return token;
  }

  /** Takes the next token if it is `text`. */
  takes(text: string): boolean {
    if (!this.sees(text)) return false;
    this.advance();
    return true;
  }

  /** Whether a word or a number comes next, and not the beginning of another statement. */
  seesWord(ahead = 0): boolean {
    const { kind, opensStatement } = this.peek(ahead);
    return (kind === 'word' || kind === 'number' || kind === 'hex') && !opensStatement;
  }

  /** Takes a word or a number. `what` tells what should stand here, with its article. */
  word(what: string): Word {
    if (this.seesWord()) return this.advance();
    this.unexpected(what);
    return NOTHING;
  }

  /** Takes the sign `text`. */
  sign(text: string): void {
    if (!this.takes(text)) this.unexpected(`"${text}"`);
  }

  /** Takes an address and the port in brackets that may follow it. */
  host(what: string): Host {
    return { address: this.word(what), port: this.port() };
  }

  /** Takes a port in brackets, if one comes next. */
  port(): Word | null {
    if (!this.takes('[')) return null;
    const port = this.word('a port');
    this.sign(']');
    return port;
  }

  /** What was taken since the token `first`. */
  spanFrom(first: Span): Span {
    return { start: first.start, end: Math.max(first.end, this.#before.end) };
  }

  /** Fails the statement: the next token is not `what`. */
  unexpected(what: string, hints: Hints = {}): void {
    const token = this.peek();
    if (token.kind === 'unterminated') {
      this.fail('unterminated-quote', token, 'the quote is never closed', {
        fix: 'end the text with "',
      });
    } else if (token.kind === 'stray') {
      this.fail('stray-character', token, `${describeToken(token)} has no meaning here`, {
        expected: what,
      });
    } else if (token.opensStatement || token.kind === 'end') {
      const message = `the statement ends before ${what}`;
      this.fail('incomplete-statement', this.#justBefore(), message, hints);
    } else {
      const message = `found ${describeToken(token)} in the place of ${what}`;
      this.fail('unexpected-token', token, message, hints);
    }
  }

  /** Fails the statement, unless it has failed already. */
  fail(code: string, span: Span, message: string, hints: Hints = {}): void {
    if (this.#failed) return;
    this.#report.error(code, span, message, hints);
    this.#failed = true;
  }

  /** Takes the `;` and passes `statement`; or passes nothing and goes on to the next one. */
  endStatement<T>(statement: T): T | undefined {
    const next = this.peek();
    if (next.text !== ';' && (next.opensStatement || next.kind === 'end')) {
      this.fail('missing-semicolon', this.#justBefore(), 'the statement has no end', {
        expected: '";"',
        fix: 'put ";" after it',
      });
    } else if (!this.takes(';')) {
      this.unexpected('";"');
    }
    const passed = this.#failed ? undefined : statement;
    if (this.#failed) this.#recover();
    this.#begun = false;
    return passed;
  }

  /** Goes past the next `;`, or to the next line that begins with a statement. */
  #recover(): void {
    this.#failed = false;
    while (this.peek().kind !== 'end') {
      if (this.peek().opensStatement && this.#begun) return;
      if (this.advance().text === ';') return;
    }
  }

  /** The place after the last token taken, where something is missing. */
  #justBefore(): Span {
    const { end } = this.#before;
    return { start: end, end };
  }
}

/** `token` as a part of the syntax tree. */
export function toWord(token: Token): Word {
  return token;
}

/** What a statement that failed has left: the end, at no place in particular. */
const NOTHING = new Token('end', '', 0, false, false);
