/**
 * What stands behind a keyword, read from left to right.
 *
 * Like `octets/reader.ts`, it remembers its first failure and from then on gives values that mean
 * nothing, so that the reading of a statement is a straight line closed by {@link Arguments.end}. A
 * file with a failure comes to no configuration, so nobody sees those values.
 *
 * @module
 */
import { type IpAddress, parseIpAddress } from '../../net/ip-address.ts';
import { addressBits, type Prefix } from '../../net/prefix.ts';
import type { Hints, Report } from '../diagnostic.ts';
import { type Bounds, type Choice, readChoice, readNumber } from '../read-word.ts';
import type { Span } from '../source.ts';
import { describeToken, Token } from '../token.ts';
import type { Statement } from './syntax.ts';

/** An address and a port. */
export interface Endpoint {
  readonly address: IpAddress;
  readonly port: number;
}

export class Arguments {
  readonly #statement: Statement;
  readonly #report: Report;
  #at = 0;
  #failed = false;

  constructor(statement: Statement, report: Report) {
    this.#statement = statement;
    this.#report = report;
  }

  /** The whole statement, without its block. */
  get span(): Span {
    return this.#statement.span;
  }

  /** The next token; {@link NOTHING} behind the last. */
  peek(): Token {
    return (this.#failed ? undefined : this.#statement.words[this.#at]) ?? NOTHING;
  }

  /** Whether something is left to be read. */
  get hasMore(): boolean {
    return this.peek() !== NOTHING;
  }

  /** Whether the next token is the word or sign `text`. */
  sees(text: string): boolean {
    return this.peek().text === text;
  }

  /** Whether the next token is a text in quotes. */
  get seesQuoted(): boolean {
    return this.peek().kind === 'quoted';
  }

  /** Takes the next token if it is `text`. */
  takes(text: string): boolean {
    if (!this.sees(text)) return false;
    this.#at++;
    return true;
  }

  /** Takes a word or a number. `what` tells what should stand here, with its article. */
  word(what: string): Token {
    const token = this.peek();
    if (!WORDS.has(token.kind)) return this.#unexpected(what);
    this.#at++;
    return token;
  }

  /** Takes a text in quotes and gives the inside. */
  quoted(what: string): string {
    return this.quotedToken(what).text.slice(1, -1);
  }

  /** Takes a text in quotes as it stands. */
  quotedToken(what: string): Token {
    const token = this.peek();
    if (token.kind !== 'quoted') {
      const bare = WORDS.has(token.kind) ? `write "${token.text}"` : null;
      return this.#unexpected(`${what} in quotes`, { fix: bare });
    }
    this.#at++;
    return token;
  }

  /** Takes the sign `text`. */
  sign(text: string): void {
    if (!this.takes(text)) this.#unexpected(`"${text}"`);
  }

  number(bounds: Bounds): number {
    const token = this.word(bounds.what);
    return this.#orFail(token, () => readNumber(token, bounds, this.#report)) ?? bounds.least;
  }

  /** Takes one of the words of `choice`. */
  choice<T extends string>(choice: Choice<T>): T {
    const token = this.word(withArticle(choice.noun));
    const found = this.#orFail(token, () => readChoice(token, choice, this.#report));
    return found ?? (choice.words[0] as T);
  }

  /** Takes `on` or `off`. */
  switch(): boolean {
    return this.choice(SWITCH) === 'on';
  }

  /** Takes a number and a unit of time. */
  seconds(bounds: Bounds): number {
    const start = this.peek();
    const count = this.number({ ...bounds, least: 0, most: LARGEST_NUMBER });
    if (!this.#failed && !this.hasMore) {
      this.fail('missing-unit', start, `${start.shown} has no unit`, {
        expected: 'sec, min or hour behind it',
        fix: `write ${start.text} sec`,
      });
      return bounds.least;
    }
    const unit = this.choice(TIME_UNIT);
    const seconds = count * SECONDS[unit.slice(0, 3) as keyof typeof SECONDS];
    if (this.#failed || (seconds >= bounds.least && seconds <= bounds.most)) return seconds;
    const size = seconds < bounds.least ? 'short' : 'long';
    this.fail('out-of-range', this.#since(start), `this is too ${size} for ${bounds.what}`, {
      expected: `${bounds.least} to ${bounds.most} seconds`,
    });
    return bounds.least;
  }

  /** Takes an address, of `version` if one is told. */
  address(what: string, version?: 4 | 6): IpAddress {
    const token = this.word(what);
    if (token === NOTHING) return NOWHERE;
    const address = parseIpAddress(token.text);
    if (address !== undefined && (version === undefined || address.version === version)) {
      return address;
    }
    this.#refuseAddress(token, what, version);
    return NOWHERE;
  }

  /** Takes a prefix length behind `address`, or makes one of `address` alone. */
  prefix(address: IpAddress): Prefix {
    const most = addressBits(address.version);
    if (!this.takes('/')) return { address, length: most };
    return { address, length: this.number({ what: 'a prefix length', least: 0, most }) };
  }

  /** Takes an address and the port in brackets that may follow it. */
  endpoint(what: string, port: number): Endpoint {
    return { address: this.address(what), port: this.port() ?? port };
  }

  /** Takes a port in brackets, if one comes next. */
  port(): number | undefined {
    if (!this.takes('[')) return undefined;
    const port = this.takes('any') ? 0 : this.number(PORT);
    this.sign(']');
    return port;
  }

  /** Takes what `read` takes, again and again, with commas between. */
  list<T>(read: () => T): readonly T[] {
    const items = [read()];
    while (this.takes(',')) items.push(read());
    return items;
  }

  /** Takes everything, unread. */
  skipRest(): void {
    this.#at = this.#statement.words.length;
  }

  /** Fails the statement, unless it has failed already. */
  fail(code: string, span: Span, message: string, hints: Hints = {}): void {
    if (!this.#failed) this.#report.error(code, span, message, hints);
    this.#failed = true;
  }

  /** Nothing more may come: tells whether everything was as it should be. */
  end(): boolean {
    const token = this.peek();
    if (token !== NOTHING) {
      this.fail('unexpected-token', token, `found ${describeToken(token)} in the place of ";"`);
    }
    return !this.#failed;
  }

  /** From the token `first` to the last one taken. */
  #since(first: Span): Span {
    const last = this.#statement.words[this.#at - 1] ?? this.#statement.keyword;
    return { start: first.start, end: last.end };
  }

  /** What `read` made of `token`; it has reported why when that is nothing. */
  #orFail<T>(token: Token, read: () => T | undefined): T | undefined {
    if (token === NOTHING) return undefined;
    const value = read();
    if (value === undefined) this.#failed = true;
    return value;
  }

  #unexpected(what: string, hints: Hints = {}): Token {
    const token = this.peek();
    if (token === NOTHING) {
      const { end } = this.#statement.span;
      const { text } = this.#statement.keyword;
      this.fail('incomplete-statement', { start: end, end }, `${text} ends before ${what}`, hints);
    } else {
      const message = `found ${describeToken(token)} in the place of ${what}`;
      this.fail('unexpected-token', token, message, hints);
    }
    return NOTHING;
  }

  #refuseAddress(token: Token, what: string, version: 4 | 6 | undefined): void {
    const expected = `${version === undefined ? 'an' : `an IPv${version}`} address in numbers`;
    if (/^[\da-f:]+%/i.test(token.text)) {
      this.fail('scoped-address', token, `${token.shown} is good on one link alone`, {
        expected: 'an address without "%"',
        fix: 'use an address that is not link-local',
      });
    } else {
      this.fail('not-an-address', token, `${token.shown} is not ${what}`, { expected });
    }
  }
}

/** What stands behind the last token, and in the place of one that is missing. */
export const NOTHING = new Token('end', '', 0, false, false);

/** `noun` with its article. */
export function withArticle(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}

/** No number of the language is larger: the original kept them in 32 bits. */
export const LARGEST_NUMBER = 0x7fffffff;

const WORDS: ReadonlySet<string> = new Set(['word', 'number', 'hex']);
const NOWHERE: IpAddress = { version: 4, octets: new Uint8Array(4) };
const PORT: Bounds = { what: 'a port', least: 0, most: 0xffff };

const SWITCH: Choice<'on' | 'off'> = {
  noun: 'switch',
  words: ['on', 'off'],
  others: new Map([
    ...['yes', 'true', '1', 'enable'].map((word) => [word, 'write on'] as const),
    ...['no', 'false', '0', 'disable'].map((word) => [word, 'write off'] as const),
  ]),
};

/** The first three letters of each tell how long it is. */
const TIME_UNIT: Choice<string> = {
  noun: 'unit of time',
  words: ['sec', 'min', 'hour', 'secs', 'second', 'seconds', 'mins', 'minute', 'minutes', 'hours'],
  others: new Map([
    ['s', 'write sec'],
    ['m', 'write min'],
    ['h', 'write hour'],
    ...['d', 'day', 'days'].map((word) => [word, 'write 24 hour for each day'] as const),
  ]),
};
const SECONDS = { sec: 1, min: 60, hou: 3600 } as const;
