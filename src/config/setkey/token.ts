/**
 * The words and signs of the setkey language.
 *
 * @module
 */
import { maskSecret, printable, type Span } from '../source.ts';

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

export interface Token extends Span {
  readonly kind: TokenKind;
  /** As written, quotes included. */
  readonly text: string;
  /** A key, or something that may be one: never to be shown. */
  readonly secret: boolean;
  /** The name of a statement, first on its line: where parsing can begin anew after an error. */
  readonly opensStatement: boolean;
}

/** The names that statements begin with. */
export const STATEMENT_NAMES: readonly string[] = [
  'add',
  'get',
  'getspi',
  'delete',
  'deleteall',
  'flush',
  'dump',
  'spdadd',
  'spdupdate',
  'spddelete',
  'spdflush',
  'spddump',
  'exit',
  'quit',
  'bye',
];

/** `token` as a message names it: quoted, or by what it is when it must not be shown. */
export function describeToken(token: Token): string {
  if (token.kind === 'end') return 'the end of the file';
  if (token.kind === 'quoted') return 'a text in quotes';
  return token.secret ? maskSecret(token.text) : quote(token.text);
}

/** `text` in quotes, as a message shows what somebody wrote. */
export function quote(text: string): string {
  const shown = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
  return `"${printable(shown)}"`;
}

const LONGEST_SHOWN = 60;
