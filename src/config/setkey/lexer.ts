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
 * grows with the length of the text and no faster, and no token is kept.
 *
 * @module
 */
import { Scanner } from '../scanner.ts';
import { looksLikeKey, type SourceText } from '../source.ts';
import { Token, type TokenKind } from '../token.ts';
import { STATEMENT_NAMES } from './statement-names.ts';

/** Cuts a text, one token at a time, and hides from its readers what may be a key. */
export class Lexer {
  readonly #source: SourceText;
  readonly #scanner: Scanner;
  #inPolicy = false;
  /** Whether an algorithm's name comes next, or its key. */
  #awaits: 'algorithm' | 'key' | null = null;

  constructor(source: SourceText) {
    this.#source = source;
    this.#scanner = new Scanner(source.text);
  }

  /** The next token. At the end of the text it is of kind `end`, however often it is asked for. */
  next(): Token {
    const scanner = this.#scanner;
    scanner.skipBlanks();
    const start = scanner.at;
    const kind = this.#scan(scanner);
    const text = scanner.text.slice(start, scanner.at);
    const opensStatement = scanner.startsLine && kind === 'word' && STATEMENTS.has(text);
    if (opensStatement) this.#inPolicy = false;
    const secret = !opensStatement && this.#isSecret(kind, text);
    if (secret) this.#source.hide(start, scanner.at);
    this.#turn(kind, text, opensStatement);
    scanner.startsLine = false;
    return new Token(kind, text, start, secret, opensStatement);
  }

  /** Goes to the end, past tokens that nobody wants, so that no key among them is shown. */
  skipRest(): void {
    while (this.next().kind !== 'end');
  }

  /** Moves past one token and tells its kind. */
  #scan(scanner: Scanner): TokenKind {
    const { at: start, next: first } = scanner;
    if (first === undefined) return 'end';
    if (first === '"') return scanner.moveQuoted();
    if (first === '0' && scanner.move(HEX)) return 'hex';
    if (first === '-' && !this.#inPolicy && scanner.move(OPTION)) return 'option';
    skip(scanner, DIGIT);
    const digits = scanner.at;
    skip(scanner, DIGIT | NAME);
    if (!this.#inPolicy && scanner.at > start) skip(scanner, DIGIT | NAME | HYPHEN);
    if (scanner.at > start) return scanner.at === digits ? 'number' : 'word';
    if (scanner.move(SIGN)) return 'sign';
    scanner.move(STRAY);
    return 'stray';
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
}

const STATEMENTS: ReadonlySet<string> = new Set(STATEMENT_NAMES);

const HEX = /0x[\da-f]+(?![\w:%.])/iy;
/** Capitals are options of one letter, so that `-Pout` and `-Enull` are read as setkey reads them. */
const OPTION = /-(?:[A-Z]|[a-z\d_]+)/y;
const SIGN = /[-+/[\];]/y;
const STRAY = /[^\w:%.,"#;/[\]+\s-]+|./sy;

/** What a word is made of: classes of characters, to be added up. */
const DIGIT = 1;
const NAME = 2;
const HYPHEN = 4;
/** The class of each character of ASCII. */
const CLASSES = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (character === '-') return HYPHEN;
  if (/\d/.test(character)) return DIGIT;
  return /[\w:%.,]/.test(character) ? NAME : 0;
});

/** Moves past all characters of `classes`. */
function skip(scanner: Scanner, classes: number): void {
  const { text } = scanner;
  let { at } = scanner;
  while (((CLASSES[text.charCodeAt(at)] ?? 0) & classes) !== 0) at++;
  scanner.at = at;
}
