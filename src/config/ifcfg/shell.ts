/**
 * The part of the shell's language that configuration files are made of: assignments. They are read
 * as a shell reads them, and nothing is ever carried out.
 *
 * ```sh
 * DST=192.0.2.2           # a comment
 * export SRC="192.0.2.1"; NAME='to '$DST
 * ```
 *
 * Quotes, backslashes, continued lines and `$NAME` mean what they mean to a shell. Where a shell would
 * do more, an error says that it is not done: commands, `$(...)`, `${NAME:-...}`, `~`. As in a shell, an
 * assignment expands no pattern: `A=*` is an asterisk.
 *
 * Not as in a shell: the carriage returns of a CRLF file are blanks, not a part of every value.
 *
 * @module
 */
import type { Report } from '../diagnostic.ts';
import { printable, type SourceText, type Span } from '../source.ts';
import { type LookUp, readShellWord } from './shell-word.ts';

/** An assignment as it stands in a file. */
export interface Assignment {
  readonly name: string;
  /** Without its quotes, variables replaced; `null` where something is wrong and was reported. */
  readonly value: string | null;
  /** The name alone. */
  readonly nameSpan: Span;
  /** What is assigned, with its quotes; the whole assignment where that is nothing. */
  readonly span: Span;
}

/** What the reader of a file has to know of variables. */
export interface Surroundings {
  readonly lookUp: LookUp;
  /** Whether what is assigned to `name` may be shown. */
  isPublic(name: string): boolean;
}

/**
 * The assignments of `source` as they come, so that `surroundings` can know each before the next is
 * read. What is no assignment is an error of `report`. Never throws; takes time in proportion to the
 * text.
 */
export function* readAssignments(
  source: SourceText,
  surroundings: Surroundings,
  report: Report,
): Generator<Assignment, void, undefined> {
  yield* new ShellReader(source, surroundings, report).commands();
}

class ShellReader {
  readonly #source: SourceText;
  readonly #text: string;
  readonly #surroundings: Surroundings;
  readonly #report: Report;
  #at: number;

  constructor(source: SourceText, surroundings: Surroundings, report: Report) {
    this.#source = source;
    this.#text = source.text;
    this.#surroundings = surroundings;
    this.#report = report;
    this.#at = source.text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  }

  *commands(): Generator<Assignment, void, undefined> {
    for (;;) {
      this.#skip(BLANKS);
      const next = this.#text[this.#at];
      if (next === undefined) return;
      if (next === '\n') this.#at++;
      else if (next === ';') this.#refuseSemicolon();
      else if (next === '#') this.#skipComment();
      else {
        yield* this.#command();
        if (this.#text[this.#at] === ';') this.#at++;
      }
    }
  }

  /** One command: assignments, or `export` and what it exports. */
  *#command(): Generator<Assignment, void, undefined> {
    const exports = this.#skip(EXPORT);
    let last: string | null = null;
    while (!this.#endsCommand()) {
      const name = this.#match(ASSIGNMENT);
      if (name !== null) {
        yield this.#assignment(name);
        last = name;
      } else if (!exports || !this.#skip(EXPORTED_NAME)) {
        if (last === null) this.#refuseCommand();
        else this.#refuseRest(last);
        return;
      }
    }
  }

  /** Whether the command ends here; a comment does not belong to it. */
  #endsCommand(): boolean {
    this.#skip(BLANKS);
    const next = this.#text[this.#at];
    return next === undefined || next === '\n' || next === ';' || next === '#';
  }

  /** Reads the value behind `name=`. */
  #assignment(name: string): Assignment {
    const start = this.#at;
    const nameStart = start - name.length - 1;
    const { lookUp } = this.#surroundings;
    const { value, end } = readShellWord(this.#text, start, lookUp, this.#report);
    this.#at = end;
    if (end > start && !this.#surroundings.isPublic(name)) this.#source.hide(start, end);
    return {
      name,
      value,
      nameSpan: { start: nameStart, end: start - 1 },
      span: { start: end > start ? start : nameStart, end },
    };
  }

  /** A shell reads no further than here. */
  #refuseSemicolon(): void {
    const span = { start: this.#at, end: ++this.#at };
    this.#report.error('stray-semicolon', span, 'no command ends here', { fix: 'leave the ; out' });
  }

  /** Tells that something follows the assignment of `name`, and goes to the end of the line. */
  #refuseRest(name: string): void {
    const start = this.#at;
    const { length } = this.#firstWord();
    this.#at = this.#endOfLine(start);
    if (!this.#surroundings.isPublic(name)) this.#source.hide(start, this.#at);
    const message = `the value of ${name} ended at the blank before this`;
    this.#report.error('unquoted-blank', { start, end: start + length }, message, {
      expected: 'one word, or a value in quotes',
      fix: "put the whole value in single quotes: '...'",
    });
  }

  /** Tells that a command begins here, and goes to the end of the line. */
  #refuseCommand(): void {
    const start = this.#at;
    const word = this.#firstWord();
    const span = { start, end: start + word.length };
    this.#at = span.end;
    const isSpaced = /^[A-Za-z_]\w*$/.test(word) && this.#skip(SPACED_EQUALS);
    const rest = this.#at;
    this.#at = this.#endOfLine(rest);
    // Whatever was meant, it may be a key.
    if (rest < this.#at && !this.#surroundings.isPublic(word)) this.#source.hide(rest, this.#at);
    if (isSpaced) {
      const message = `a blank stands before the "=" of ${word}`;
      const fix = `write ${word}= and the value behind it, without blanks`;
      this.#report.error('blank-before-equals', span, message, { fix });
      return;
    }
    const shown = printable(word.slice(0, MOST_SHOWN));
    const message = `"${shown}" is a command, and nothing is executed`;
    this.#report.error('not-executed', span, message, {
      expected: 'NAME=value, or export NAME=value',
      fix: 'write what is meant as assignments',
    });
  }

  /** What stands here up to a blank; one character at least. */
  #firstWord(): string {
    const line = this.#text.slice(this.#at, this.#endOfLine(this.#at));
    return /^[^\s;]+/.exec(line)?.[0] ?? line.slice(0, 1);
  }

  #skipComment(): void {
    const end = this.#endOfLine(this.#at);
    if (end > this.#at + 1) this.#source.hide(this.#at + 1, end);
    this.#at = end;
  }

  #endOfLine(from: number): number {
    const end = this.#text.indexOf('\n', from);
    return end === -1 ? this.#text.length : end;
  }

  #skip(pattern: RegExp): boolean {
    return this.#match(pattern) !== null;
  }

  /** Moves past `pattern`; what its group found, else all of it. */
  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return null;
    this.#at = pattern.lastIndex;
    return found[1] ?? found[0];
  }
}

const BLANKS = /(?:[ \t]|\\\n|\r(?![^\n]))+/y;
const EXPORT = /export(?![^ \t\n;\r])/y;
const EXPORTED_NAME = /[A-Za-z_]\w*(?![^ \t\n;\r])/y;
const ASSIGNMENT = /([A-Za-z_]\w*)=/y;
const SPACED_EQUALS = /[ \t]+=[ \t]*/y;
const BYTE_ORDER_MARK = '\ufeff';
/** Of a word that is no assignment. */
const MOST_SHOWN = 40;
