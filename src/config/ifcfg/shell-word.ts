/**
 * Words of the shell's language: from quotes, backslashes and variables to the text that they make
 * (POSIX.1-2017, Shell Command Language §2.2, §2.6.2).
 *
 * @module
 */
import type { Hints, Report } from '../diagnostic.ts';
import type { Span } from '../source.ts';

/** A word, and where the text goes on behind it. */
export interface ShellWord {
  /** `null` when something is wrong with it and was reported. */
  readonly value: string | null;
  readonly end: number;
}

/**
 * The value of a variable that was assigned before; `undefined` where none was, `null` where that had
 * an error.
 */
export type LookUp = (name: string) => string | null | undefined;

/** Reads the word that begins at `at` of `text`, which may be empty, as the value of an assignment. */
export function readShellWord(text: string, at: number, lookUp: LookUp, report: Report): ShellWord {
  return new WordReader(text, at, lookUp, report).read();
}

class WordReader {
  readonly #text: string;
  readonly #lookUp: LookUp;
  readonly #report: Report;
  #at: number;
  #value = '';
  #broken = false;

  constructor(text: string, at: number, lookUp: LookUp, report: Report) {
    this.#text = text;
    this.#at = at;
    this.#lookUp = lookUp;
    this.#report = report;
  }

  read(): ShellWord {
    this.#toEnd();
    return { value: this.#broken ? null : this.#value, end: this.#at };
  }

  #toEnd(): void {
    for (let tilde = true; ; ) {
      const plain = this.#match(PLAIN);
      if (plain !== null) {
        this.#value += plain;
        tilde = plain.endsWith(':');
        continue;
      }
      const next = this.#text[this.#at];
      if (next === undefined || WORD_ENDS.has(next)) return;
      if (next === '~' && tilde) this.#wrong('tilde', 1, '"~" stands for a home directory', QUOTE);
      if (this.#match(CONTINUATION) !== null) continue;
      this.#special(next);
      tilde = false;
    }
  }

  /** Reads what begins with `character`, which means something. */
  #special(character: string): void {
    switch (character) {
      case "'":
        this.#singleQuoted();
        return;
      case '"':
        this.#doubleQuoted();
        return;
      case '\\':
        this.#escaped();
        return;
      case '$':
        if (/['"]/.test(this.#text[this.#at + 1] ?? '')) {
          this.#wrong('unsupported-quote', 2, 'no file needs this way to quote', QUOTE);
          this.#at++;
        } else this.#expansion();
        return;
      case '`':
        this.#backquoted();
        return;
      case '~':
        this.#value += character;
        this.#at++;
        return;
      default:
        // A parenthesis, a pipe, a redirection, a background.
        this.#wrong('not-executed', 1, `${character} is for commands: nothing is executed`, QUOTE);
        this.#at++;
    }
  }

  #singleQuoted(): void {
    const open = this.#at;
    const close = this.#text.indexOf("'", open + 1);
    if (close === -1) {
      this.#unterminated(open);
      return;
    }
    this.#value += this.#text.slice(open + 1, close);
    this.#at = close + 1;
  }

  #doubleQuoted(): void {
    const open = this.#at++;
    for (;;) {
      this.#value += this.#match(PLAIN_IN_QUOTES) ?? '';
      const next = this.#text[this.#at];
      if (next === undefined) {
        this.#unterminated(open);
        return;
      }
      if (next === '"') break;
      if (next === '$') this.#expansion();
      else if (next === '`') this.#backquoted();
      else this.#escapedInQuotes();
    }
    this.#at++;
  }

  #unterminated(open: number): void {
    this.#at = open;
    const quote = this.#text[open];
    this.#wrong('unterminated-quote', 1, `nothing closes the quote ${quote}`, {
      fix: `write ${quote} where the value ends`,
    });
    this.#at = this.#text.length;
  }

  /** A backslash and the character that it takes the meaning from. */
  #escaped(): void {
    const next = this.#text.slice(this.#at + 1, this.#at + 2);
    this.#value += next || '\\';
    this.#at += 1 + next.length;
  }

  /** In double quotes a backslash takes the meaning from four characters, and is itself else. */
  #escapedInQuotes(): void {
    const next = this.#text.slice(this.#at + 1, this.#at + 2);
    if (/[$`"\\]/.test(next)) this.#value += next;
    else if (next !== '\n') this.#value += `\\${next}`;
    this.#at += 1 + next.length;
  }

  /** `$NAME` or `${NAME}`; a `$` with nothing to expand is itself. */
  #expansion(): void {
    const start = this.#at;
    const found = this.#match(EXPANSION);
    if (found !== null) {
      const value = this.#lookUp(found);
      if (value === undefined) {
        const message = `nothing was assigned to ${found} before`;
        this.#wrongAt('unset-variable', { start, end: this.#at }, message, WRITE_VALUE);
      }
      this.#broken ||= value === null;
      this.#value += value ?? '';
      this.#refuseContinuation(start);
      return;
    }
    const asked = this.#match(UNSUPPORTED_EXPANSION);
    if (asked === null) {
      this.#value += '$';
      this.#at++;
      this.#refuseContinuation(start);
      return;
    }
    const span = { start, end: this.#at };
    if (asked.startsWith('(')) {
      this.#wrongAt(
        'not-executed',
        span,
        '$(...) is for commands: nothing is executed',
        WRITE_VALUE,
      );
    } else {
      const message = 'of all expansions, those of plain names alone are done';
      this.#wrongAt('unsupported-expansion', span, message, WRITE_VALUE);
    }
  }

  /** A shell joins lines before it looks for names, so that what follows belongs to this. */
  #refuseContinuation(start: number): void {
    const end = this.#at;
    if (this.#match(CONTINUATION) === null) return;
    const message = 'the line ends within an expansion';
    this.#wrongAt('unsupported-expansion', { start, end }, message, {
      fix: 'write it on one line',
    });
  }

  #backquoted(): void {
    const close = this.#text.indexOf('`', this.#at + 1);
    const message = '`...` is for commands: nothing is executed';
    this.#wrong('not-executed', 1, message, WRITE_VALUE);
    this.#at = close === -1 ? this.#text.length : close + 1;
  }

  /** Tells what is wrong with the next `length` characters; the value is of no use. */
  #wrong(code: string, length: number, message: string, hints: Hints): void {
    this.#wrongAt(code, { start: this.#at, end: this.#at + length }, message, hints);
  }

  #wrongAt(code: string, span: Span, message: string, hints: Hints): void {
    this.#broken = true;
    this.#report.error(code, span, message, hints);
  }

  /** Moves past `pattern`; what its first group that took part found, else all of it. */
  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return null;
    this.#at = pattern.lastIndex;
    return found[1] ?? found[2] ?? found[0];
  }
}

/** What stands for itself outside of quotes. */
const PLAIN = /(?:[^ \t\n\r'"\\$`~;&|<>()]|\r(?=[^\n]))+/y;
const PLAIN_IN_QUOTES = /[^"\\$`]+/y;
/** The end of a line that goes on. */
const CONTINUATION = /\\\n/y;
const WORD_ENDS: ReadonlySet<string> = new Set([' ', '\t', '\n', '\r', ';']);
const EXPANSION = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/y;
/** What else a shell expands: commands, arithmetic, parameters that have no name, operators. */
const UNSUPPORTED_EXPANSION = /\$(\([^)\n]*\)?|\{[^}\n]*\}?|\[[^\]\n]*\]?|[\d@*#?$!-])/y;

const QUOTE = { fix: "put the value in single quotes: '...'" };
const WRITE_VALUE = { fix: "write the value itself, or put it in single quotes: '...'" };
