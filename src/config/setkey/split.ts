/**
 * Cutting what somebody types into statements, as it comes.
 *
 * @module
 */
import { SourceText } from '../source.ts';
import { Lexer } from './lexer.ts';
import { EXITS } from './parser.ts';

/** What was typed so far. */
export interface SplitText {
  /** Each with its `;`. */
  readonly statements: readonly string[];
  /** Whether the last of them ends the session; what follows it was not looked at. */
  readonly exits: boolean;
  /** What waits for its `;`; empty when that is nothing but blanks and comments. */
  readonly rest: string;
}

/** Cuts `text` behind each `;` that ends a statement; those in keys and comments do not. */
export function splitStatements(text: string): SplitText {
  const lexer = new Lexer(new SourceText('', text));
  const statements: string[] = [];
  let start: number | null = null;
  let exits = false;
  for (let token = lexer.next(); token.kind !== 'end'; token = lexer.next()) {
    if (token.text !== ';') {
      // A statement that begins with "exit" and goes on is an error, and ends nothing.
      exits = start === null && EXITS.has(token.text);
      start ??= token.start;
      continue;
    }
    statements.push(text.slice(start ?? token.start, token.start + 1));
    if (exits) return { statements, exits, rest: '' };
    start = null;
  }
  return { statements, exits: false, rest: start === null ? '' : text.slice(start) };
}
