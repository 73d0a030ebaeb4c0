/**
 * Statements about policies, parsed.
 *
 * ```text
 * spdadd = ( "spdadd" | "spdupdate" | "spddelete" ) selector "-P" policy .
 * selector = { flags } range range upper [ misc ] [ context ] .
 * range    = address [ "/" length ] [ "[" port "]" ] .
 * ```
 *
 * What follows `-P` is `policy-parser.ts`.
 *
 * @module
 */
import { parsePolicy } from './policy-parser.ts';
import { parseFlags, parseSecurityContext } from './sa-parser.ts';
import type { Range, SelectorText, SpdStatement, Word } from './syntax.ts';
import { type TokenCursor, toWord } from './token-cursor.ts';

export function parseSpdStatement(cursor: TokenCursor, kind: SpdStatement['kind']): SpdStatement {
  const first = cursor.advance();
  if (cursor.sees('tagged')) {
    cursor.fail('not-on-linux', cursor.peek(), 'packets have no tags on Linux', {
      expected: 'a source address',
      fix: 'name the packets by address, protocol and port',
    });
  }
  const selector = parseSelector(cursor);
  if (!cursor.takes('-P')) cursor.unexpected('-P and a policy');
  const policy = parsePolicy(cursor);
  return { kind, span: cursor.spanFrom(first), selector, policy };
}

function parseSelector(cursor: TokenCursor): SelectorText {
  const flags = parseFlags(cursor);
  const source = parseRange(cursor, 'a source address');
  const destination = parseRange(cursor, 'a destination address');
  const upper = parseUpper(cursor);
  const misc = cursor.seesWord() ? toWord(cursor.advance()) : null;
  const securityContext = cursor.sees('-ctx') ? parseSecurityContext(cursor) : null;
  return { flags, source, destination, upper, misc, securityContext };
}

function parseUpper(cursor: TokenCursor): Word {
  if (cursor.sees('-P')) {
    cursor.unexpected('a protocol', {
      expected: 'any, or the name or number of an IP protocol, before -P',
      fix: 'write any before -P to mean every protocol',
    });
  }
  return cursor.word('a protocol');
}

function parseRange(cursor: TokenCursor, what: string): Range {
  const first = cursor.peek();
  const address = cursor.word(what);
  const prefixLength = cursor.takes('/') ? cursor.word('a prefix length') : null;
  const port = cursor.port();
  return { span: cursor.spanFrom(first), address, prefixLength, port };
}
