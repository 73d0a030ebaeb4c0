/**
 * The racoon.conf language, parsed: tokens to statements and blocks.
 *
 * ```text
 * file      = { statement } .
 * statement = keyword { word | number | quoted | "," | "/" | "[" | "]" | "-" } ( ";" | block ) .
 * block     = "{" { statement } "}" .
 * ```
 *
 * What is missing is told once, and parsing goes on as though it stood there: a `;` before a line that
 * begins with a statement of the same block, a `{` before one that begins with a statement of the
 * block to come, a `}` before one that begins with a statement of a block further out.
 *
 * @module
 */
import type { Report } from '../diagnostic.ts';
import type { Span } from '../source.ts';
import { describeToken, type Token } from '../token.ts';
import { type BlockKind, blockOpenedBy, hasStatement, holdsSecrets } from './grammar.ts';
import type { Lexer } from './lexer.ts';
import type { Block, Statement } from './syntax.ts';

/** Parses a whole text. */
export function parseFile(lexer: Lexer, report: Report): readonly Statement[] {
  return new Parser(lexer, report).file();
}

class Parser {
  readonly #lexer: Lexer;
  readonly #report: Report;
  #next: Token;
  /** The token behind {@link #next}, once it was looked at. */
  #later: Token | null = null;
  /** Where the last token taken ends. */
  #end = 0;
  /** The blocks that are open, the innermost last. */
  readonly #open: (BlockKind | null)[] = ['file'];

  constructor(lexer: Lexer, report: Report) {
    this.#lexer = lexer;
    this.#report = report;
    this.#next = lexer.next();
  }

  file(): readonly Statement[] {
    const statements: Statement[] = [];
    while (this.#next.kind !== 'end') {
      if (this.#next.text === '}') {
        this.#report.error('stray-brace', this.#take(), '"}" closes a block that nothing opens', {
          fix: 'leave it out, or look for a "{" that is missing above',
        });
      } else {
        this.#statement(statements);
      }
    }
    return statements;
  }

  /** Parses one statement into `statements`, unless it cannot be made sense of. */
  #statement(statements: Statement[]): void {
    const keyword = this.#take();
    const kind = this.#open.at(-1) ?? null;
    if (keyword.kind !== 'word') {
      this.#refuse(keyword);
      return;
    }
    const words: Token[] = [];
    const opens = blockOpenedBy(keyword.text, kind);
    const isWhole = this.#words(keyword, words, opens);
    const span = { start: keyword.start, end: this.#end };
    const block = this.#ending(keyword, words, opens);
    if (block !== undefined) statements.push({ keyword, words, block, span, isWhole });
  }

  /** Takes what stands behind a keyword; false when something among it has no meaning. */
  #words(keyword: Token, words: Token[], opens: BlockKind | null): boolean {
    const isSecret = holdsSecrets(keyword.text, this.#open.at(-1) ?? null);
    let isWhole = true;
    for (;;) {
      if (this.#endsStatement(words, opens)) {
        if (this.#next.text !== '{' || opens !== null || !this.#isKnown(keyword)) return isWhole;
        if (isWhole) {
          const message = `${keyword.text} has no block`;
          this.#report.error('unexpected-block', this.#next, message, { expected: '";"' });
        }
        isWhole = false;
        this.#skipBraces(0);
        continue;
      }
      const token = isSecret ? this.#lexer.hide(this.#take()) : this.#take();
      if (token.kind === 'stray' || token.kind === 'unterminated') {
        if (isWhole) this.#refuseToken(token);
        isWhole = false;
      } else if (token.text !== '=') {
        words.push(token);
      } else if (isWhole) {
        const fix = 'leave it out';
        this.#report.warning('stray-character', token, '"=" has no meaning', { fix });
      }
    }
  }

  /** Whether the present block has statements of that name. */
  #isKnown({ text }: Token): boolean {
    const kind = this.#open.at(-1) ?? null;
    return kind !== null && hasStatement(kind, text);
  }

  /** Whether the next token is none of those that stand behind a keyword. */
  #endsStatement(words: readonly Token[], opens: BlockKind | null): boolean {
    const { text, kind: tokenKind, opensStatement } = this.#next;
    if (tokenKind === 'end' || text === ';' || text === '{' || text === '}') return true;
    if (!opensStatement) return false;
    if (opens !== null && hasStatement(opens, text)) return true;
    if (words.length === 0) return false;
    return this.#open.some((each) => each !== null && hasStatement(each, text));
  }

  /** What comes after the words; `undefined` when that should be a block and is nothing. */
  #ending(
    keyword: Token,
    words: readonly Token[],
    opens: BlockKind | null,
  ): Block | null | undefined {
    const { text } = this.#next;
    if (text === '{') return this.#block(keyword, opens, this.#take());
    if (text === ';') {
      this.#take();
      return null;
    }
    const place = this.#justBehind();
    if (opens !== null && hasStatement(opens, text) && !this.#isKnown(this.#next)) {
      this.#report.error('missing-brace', place, `the block of ${keyword.text} never opens`, {
        expected: '"{"',
        fix: 'put "{" after it',
      });
      return this.#block(keyword, opens, place);
    }
    const expected = opens === null ? '";"' : '"{"';
    const last = words.at(-1) ?? keyword;
    const message = `the statement has no end after ${describeToken(last)}`;
    this.#report.error('missing-semicolon', place, message, {
      expected,
      fix: `put ${expected} after it`,
    });
    return opens === null ? null : undefined;
  }

  /** Parses a block whose brace was taken, or is missing. */
  #block(keyword: Token, kind: BlockKind | null, opening: Span): Block {
    if (this.#open.length >= DEEPEST) return this.#skipBlock(kind, opening);
    this.#open.push(kind);
    const statements: Statement[] = [];
    for (;;) {
      if (this.#next.text === '}') {
        const closing = this.#take();
        this.#open.pop();
        return { kind, statements, opening, closing };
      }
      if (this.#next.kind === 'end' || this.#isOfOuterBlock()) break;
      this.#statement(statements);
    }
    this.#open.pop();
    this.#report.error('missing-brace', opening, `the block of ${keyword.text} is never closed`, {
      expected: '"}"',
      fix: `put "}" after the last statement of ${keyword.text}`,
    });
    return { kind, statements, opening, closing: this.#justBehind() };
  }

  /** Whether the next token begins a line, and a statement of a block around the present one alone. */
  #isOfOuterBlock(): boolean {
    const { text, opensStatement } = this.#next;
    const kind = this.#open.at(-1) ?? null;
    if (!opensStatement || kind === null) return false;
    const isSection = text === 'mode_cfg' && this.#peekBehind().text === '{';
    if (hasStatement(kind, text) && !isSection) return false;
    return this.#open.some(
      (outer) => outer !== null && outer !== kind && hasStatement(outer, text),
    );
  }

  /** Goes past a block so deep inside others that nothing can be meant by it. */
  #skipBlock(kind: BlockKind | null, opening: Span): Block {
    this.#report.error('too-deep', opening, 'this block has no meaning so deep inside others');
    this.#skipBraces(1);
    return { kind, statements: [], opening, closing: this.#justBehind() };
  }

  /** Refuses a statement that begins with `token`, and goes past it. */
  #refuse(token: Token): void {
    this.#refuseToken(token);
    if (token.text === ';') return;
    if (token.text === '{') {
      this.#skipBraces(1);
      return;
    }
    const isBrace = (): boolean => this.#next.text === '{' || this.#next.text === '}';
    while (this.#next.kind !== 'end' && !isBrace() && !this.#next.opensStatement) {
      if (this.#take().text === ';') return;
    }
    if (this.#next.text === '{') this.#skipBraces(0);
  }

  /** Goes past what comes up to the brace that closes the last of `depth` open ones, or opens one first. */
  #skipBraces(depth: number): void {
    let open = depth;
    do {
      const { text } = this.#take();
      if (text === '{') open++;
      if (text === '}') open--;
    } while (open > 0 && this.#next.kind !== 'end');
  }

  #refuseToken(token: Token): void {
    if (token.kind === 'unterminated') {
      this.#report.error('unterminated-quote', token, 'the quote is never closed', {
        fix: 'end the text with "',
      });
    } else if (token.kind === 'stray') {
      const message = `${describeToken(token)} has no meaning here`;
      this.#report.error('stray-character', token, message);
    } else if (token.text === ';') {
      this.#report.error('empty-statement', token, 'found ";" in the place of a statement', {
        fix: 'leave it out',
      });
    } else {
      const message = `found ${describeToken(token)} in the place of a statement`;
      this.#report.error('unexpected-token', token, message);
    }
  }

  #take(): Token {
    const token = this.#next;
    this.#next = this.#later ?? this.#lexer.next();
    this.#later = null;
    if (token.kind !== 'end') this.#end = token.end;
    return token;
  }

  #peekBehind(): Token {
    this.#later ??= this.#lexer.next();
    return this.#later;
  }

  /** The place after the last token taken, where something is missing. */
  #justBehind(): Span {
    return { start: this.#end, end: this.#end };
  }
}

/** How deep blocks may be inside each other: proposals stand in remotes, which stand in a file. */
const DEEPEST = 8;
