/**
 * The words and signs that the configuration languages are made of, and how messages name them.
 *
 * @module
 */
import { maskSecret, printable, type Span } from './source.ts';

/** A word as a part of a syntax tree. */
export interface Word {
  readonly text: string;
  /** As a message shows it: in quotes, or masked when it may be a key. */
  readonly shown: string;
  readonly span: Span;
}

/**
 * `word` is a name or an address, `number` decimal digits alone, `hex` digits after `0x`, `option` a
 * `-E` or `-lh`. A `stray` is a run of characters that the language has no use for; `unterminated`
 * is a quote whose other half is missing, taken to end with its line.
 */
export type TokenKind =
  | 'word'
  | 'number'
  | 'hex'
  | 'quoted'
  | 'option'
  | 'sign'
  | 'stray'
  | 'unterminated'
  | 'end';

/** A piece of the text. As part of the syntax tree it is a {@link Word}. */
export class Token implements Span, Word {
  readonly kind: TokenKind;
  /** As written, quotes included. */
  readonly text: string;
  readonly start: number;
  /** A key, or something that may be one: never to be shown. */
  readonly secret: boolean;
  /**
   * First on its line and fit to begin a statement: where parsing can begin anew after an error.
   */
  readonly opensStatement: boolean;

  constructor(
    kind: TokenKind,
    text: string,
    start: number,
    secret: boolean,
    opensStatement: boolean,
  ) {
    this.kind = kind;
    this.text = text;
    this.start = start;
    this.secret = secret;
    this.opensStatement = opensStatement;
  }

  get end(): number {
    return this.start + this.text.length;
  }

  get span(): Span {
    return this;
  }

  get shown(): string {
    return describeToken(this);
  }
}

/** `token` as a message names it: quoted, or by what it is when it must not be shown. */
export function describeToken(token: Token): string {
  if (token.kind === 'end') return 'the end of the file';
  if (token.secret) return token.kind === 'quoted' ? 'a text in quotes' : maskSecret(token.text);
  return quote(token.kind === 'quoted' ? token.text.slice(1, -1) : token.text);
}

/** `text` in quotes, as a message shows what somebody wrote. */
export function quote(text: string): string {
  const shown = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
  return `"${printable(shown)}"`;
}

const LONGEST_SHOWN = 60;
