/**
 * The setkey language, parsed: tokens to statements, by recursive descent.
 *
 * ```text
 * script    = { statement ";" } .
 * statement = "add" ... | "get" ... | "getspi" ... | "delete" ... | "deleteall" ...    sa-parser.ts
 *           | ( "flush" | "dump" ) [ protocol ]
 *           | ( "spdadd" | "spdupdate" | "spddelete" ) ...                             spd-parser.ts
 *           | "spdflush" | "spddump"
 *           | "exit" | "quit" | "bye" .
 * ```
 *
 * A statement with an error is left out of the result; parsing goes on behind it, so that one run
 * tells every error of a file.
 *
 * @module
 */
import type { Report } from '../diagnostic.ts';
import { suggestedFix } from '../suggest.ts';
import { describeToken, type Token } from '../token.ts';
import type { Lexer } from './lexer.ts';
import { parseAdd, parseDeleteAll, parseSaReference, parseWhichProtocol } from './sa-parser.ts';
import { parseSpdStatement } from './spd-parser.ts';
import { STATEMENT_NAMES } from './statement-names.ts';
import type { Statement } from './syntax.ts';
import { TokenCursor } from './token-cursor.ts';

/**
 * Parses one statement after the other, up to the end or the first `exit`; what follows that is not
 * looked at.
 */
export function* parseScript(lexer: Lexer, report: Report): Generator<Statement> {
  const cursor = new TokenCursor(lexer, report);
  while (cursor.peek().kind !== 'end') {
    if (EXITS.has(cursor.peek().text)) {
      const exit = cursor.advance();
      if (cursor.endStatement(exit) !== undefined) break;
      continue;
    }
    const statement = cursor.endStatement(parseStatement(cursor));
    if (statement !== undefined) yield statement;
  }
}

/** Parses one statement, the `;` excluded; `undefined` when it begins with no known word. */
function parseStatement(cursor: TokenCursor): Statement | undefined {
  const first = cursor.peek();
  switch (first.text) {
    case 'add':
      return parseAdd(cursor);
    case 'get':
    case 'getspi':
    case 'delete':
      return parseSaReference(cursor, first.text);
    case 'deleteall':
      return parseDeleteAll(cursor);
    case 'flush':
    case 'dump': {
      cursor.advance();
      const protocol = parseWhichProtocol(cursor);
      return { kind: first.text, span: cursor.spanFrom(first), protocol };
    }
    case 'spdadd':
    case 'spdupdate':
    case 'spddelete':
      return parseSpdStatement(cursor, first.text);
    case 'spdflush':
    case 'spddump':
      cursor.advance();
      return { kind: first.text, span: cursor.spanFrom(first) };
    default:
      refuseStatement(cursor, first);
      return undefined;
  }
}

function refuseStatement(cursor: TokenCursor, first: Token): void {
  if (first.kind === 'word') {
    cursor.fail('unknown-statement', first, `${describeToken(first)} is not a statement`, {
      expected: STATEMENT_NAMES.join(', '),
      fix: suggestedFix(first.text, STATEMENT_NAMES),
    });
  } else {
    cursor.unexpected('a statement');
  }
}

/** Words for the end of a file. */
export const EXITS: ReadonlySet<string> = new Set(['exit', 'quit', 'bye']);
