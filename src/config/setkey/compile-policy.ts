/**
 * Statements about policies: from the syntax tree to changes of the SPD.
 *
 * @module
 */
import { type Action, DEFAULT_PRIORITY, type Policy } from '../../ipsec/policy.ts';
import { readChoice } from '../read-word.ts';
import type { CompileContext } from './compile-context.ts';
import { compilePriority } from './compile-priority.ts';
import { compileRules } from './compile-rule.ts';
import { compileSelector } from './compile-selector.ts';
import type { PolicyText, SpdStatement } from './syntax.ts';

export type PolicyId = Pick<Policy, 'direction' | 'selector'>;

/** Compiles `spdadd` and `spdupdate`; `undefined` when something is wrong and was reported. */
export function compilePolicy(
  statement: SpdStatement,
  context: CompileContext,
): Policy | undefined {
  const { policy } = statement;
  const id = compileId(statement, context);
  const priority =
    policy.priority === null ? DEFAULT_PRIORITY : compilePriority(policy.priority, context.report);
  const action = compileAction(policy, context);
  if (id === undefined || priority === undefined || action === undefined) return undefined;
  const { direction, selector } = id;
  return { direction, selector, action, priority };
}

/** Compiles `spddelete`: direction and selector count, and the rest may be left out. */
export function compilePolicyId(
  statement: SpdStatement,
  context: CompileContext,
): PolicyId | undefined {
  const { priority, action } = statement.policy;
  const id = compileId(statement, context);
  if (priority !== null && compilePriority(priority, context.report) === undefined)
    return undefined;
  if (action !== null && compileAction(statement.policy, context) === undefined) return undefined;
  return id;
}

function compileId(statement: SpdStatement, context: CompileContext): PolicyId | undefined {
  const word = statement.policy.direction;
  const name = readChoice(word, DIRECTION, context.report);
  const direction = name && DIRECTIONS[name];
  const selector = compileSelector(statement.selector, direction ?? 'outbound', context);
  return direction && selector && { direction, selector };
}

function compileAction(policy: PolicyText, context: CompileContext): Action | undefined {
  const { report } = context;
  if (policy.action === null) {
    return report.error('missing-action', policy.direction.span, 'the policy has no action', {
      expected: 'discard, none, or ipsec and rules',
    });
  }
  const { text, span } = policy.action;
  if (text === 'bypass' || text === 'entrust') {
    const message = `${policy.action.shown} is for policies of sockets, and not for those of the SPD`;
    return report.error('not-on-linux', span, message, {
      expected: 'discard, none, or ipsec and rules',
      fix: text === 'bypass' ? 'write none to let packets pass unprotected' : null,
    });
  }
  const action = readChoice(policy.action, ACTIONS, report);
  const templates = compileRules(policy, context);
  if (action === undefined || templates === undefined) return undefined;
  const [first] = policy.rules;
  if (action === 'ipsec') {
    if (first !== undefined) return { kind: 'protect', templates };
    return report.error('no-rules', span, 'ipsec without a rule protects nothing', {
      expected: 'a rule: esp/transport//require or esp/tunnel/10.9.0.1-10.9.0.2/require',
      fix: 'write a rule, or none to let packets pass unprotected',
    });
  }
  if (first !== undefined) {
    const rules = { start: first.span.start, end: policy.span.end };
    report.warning('rules-ignored', rules, `the rules behind ${text} are ignored`, {
      fix: 'leave them out, or write ipsec',
      edit: { span: rules, text: '', changesProtection: false },
    });
  }
  return { kind: action === 'none' ? 'bypass' : 'discard' };
}

const DIRECTION = { noun: 'direction', words: ['in', 'out', 'fwd'] } as const;
const DIRECTIONS = { in: 'inbound', out: 'outbound', fwd: 'forward' } as const;

const ACTIONS = {
  noun: 'action',
  words: ['discard', 'none', 'ipsec'],
  others: new Map([
    ['protect', 'write ipsec'],
    ['require', 'write ipsec'],
    ['allow', 'write none'],
    ['accept', 'write none'],
    ['pass', 'write none'],
    ['drop', 'write discard'],
    ['deny', 'write discard'],
    ['reject', 'write discard'],
  ]),
} as const;
