/**
 * The policy that follows `-P`, parsed.
 *
 * ```text
 * policy    = direction [ priority ] [ action { rule } ] .
 * priority  = ( "prio" | "priority" ) ( [ "-" ] n | base [ ( "+" | "-" ) n ] ) .
 * base      = "low" | "def" | "high" .
 * rule      = protocol "/" mode [ "/" [ endpoints ] [ "/" [ level ] ] ] .
 * endpoints = address [ "[" port "]" ] "-" address [ "[" port "]" ] .
 * ```
 *
 * setkey hands this text to a library that knows no positions; here an error points at the word.
 *
 * @module
 */

import { describeToken } from '../token.ts';
import type { Endpoints, PolicyText, PriorityText, Rule, Word } from './syntax.ts';
import { type TokenCursor, toWord } from './token-cursor.ts';

export function parsePolicy(cursor: TokenCursor): PolicyText {
  const first = cursor.peek();
  const direction = cursor.word('a direction');
  const priority = cursor.sees('prio') || cursor.sees('priority') ? parsePriority(cursor) : null;
  const action = parseAction(cursor);
  const rules: Rule[] = [];
  while (action !== null && cursor.seesWord()) rules.push(parseRule(cursor));
  return { span: cursor.spanFrom(first), direction, priority, action, rules };
}

function parseAction(cursor: TokenCursor): Word | null {
  if (!cursor.seesWord()) return null;
  if (cursor.sees('/', 1)) {
    cursor.fail('missing-action', cursor.peek(), 'found a rule in the place of an action', {
      expected: 'discard, none, or ipsec and then rules',
      fix: 'write ipsec before the rules',
    });
  }
  return cursor.word('an action');
}

function parsePriority(cursor: TokenCursor): PriorityText {
  const first = cursor.advance();
  const isNumber = cursor.sees('-') || cursor.peek().kind === 'number';
  const base = isNumber ? null : cursor.word('a priority');
  const sign = cursor.sees('-') ? '-' : '+';
  const signed = cursor.takes('-') || (base !== null && cursor.takes('+'));
  const offset = base === null || signed ? cursor.word('a number') : null;
  return { span: cursor.spanFrom(first), base, sign, offset };
}

function parseRule(cursor: TokenCursor): Rule {
  const first = cursor.peek();
  const protocol = cursor.word('a rule');
  if (!cursor.takes('/')) {
    const message = `${protocol.shown} alone is not a rule`;
    cursor.fail('incomplete-rule', protocol.span, message, { expected: RULE_FORMS });
  }
  const mode = cursor.word('transport or tunnel');
  let endpoints: Endpoints | null = null;
  let level: Word | null = null;
  if (cursor.takes('/')) {
    endpoints = parseEndpoints(cursor);
    if (cursor.takes('/') && cursor.seesWord() && !seesRule(cursor)) {
      level = toWord(cursor.advance());
    }
  }
  return { span: cursor.spanFrom(first), protocol, mode, endpoints, level };
}

function parseEndpoints(cursor: TokenCursor): Endpoints | null {
  if (!cursor.seesWord() || seesRule(cursor)) return null;
  const first = cursor.peek();
  if (LEVELS.test(first.text)) {
    cursor.fail('missing-slash', first, `found ${describeToken(first)} in the place of endpoints`, {
      expected: RULE_FORMS,
      fix: `write one more "/" before ${describeToken(first)}`,
    });
  }
  const source = cursor.host('an address');
  if (!cursor.sees('-')) {
    cursor.unexpected('"-" and the address of the other end', { expected: RULE_FORMS });
  }
  cursor.sign('-');
  const destination = cursor.host('an address');
  if (cursor.sees('-')) {
    cursor.unexpected('the end of the endpoints', {
      expected: 'two numeric addresses with one "-" between them',
    });
  }
  return { span: cursor.spanFrom(first), source, destination };
}

/** Whether the next rule begins here: `esp/transport/` may end with its slash. */
function seesRule(cursor: TokenCursor): boolean {
  return RULE_PROTOCOLS.has(cursor.peek().text) && cursor.sees('/', 1);
}

const RULE_PROTOCOLS: ReadonlySet<string> = new Set(['esp', 'ah', 'ipcomp']);
const LEVELS = /^(?:default|use|require|unique(?::.*)?)$/;
const RULE_FORMS = 'esp/transport//require or esp/tunnel/10.9.0.1-10.9.0.2/require';
