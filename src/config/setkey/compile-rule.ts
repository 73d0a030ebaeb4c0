/**
 * The rules of a policy: from `esp/tunnel/A-B/require` to templates.
 *
 * @module
 */
import type { Template } from '../../ipsec/policy.ts';
import type { Report } from '../diagnostic.ts';
import { type Bounds, readChoice, readNumber } from '../read-word.ts';
import { type CompileContext, FIRST_OWN_REQID } from './compile-context.ts';
import { readAddress } from './compile-host.ts';
import { readIpsecProtocol } from './compile-word.ts';
import type { Endpoints, PolicyText, Rule, Word } from './syntax.ts';

/** The templates, innermost first as the rules are; `undefined` when any rule is wrong. */
export function compileRules(
  policy: PolicyText,
  context: CompileContext,
): readonly Template[] | undefined {
  const templates = policy.rules.map((rule) => {
    const template = compileRule(rule, policy.direction.text, context);
    if (template !== undefined) context.rules.set(template, rule.span);
    return template;
  });
  const surplus = policy.rules[MOST_TEMPLATES];
  if (surplus !== undefined) {
    return context.report.error('too-many-rules', surplus.span, 'the policy has too many rules', {
      expected: `${MOST_TEMPLATES} at most, as in the Linux kernel`,
    });
  }
  return templates.every((template) => template !== undefined) ? templates : undefined;
}

function compileRule(rule: Rule, direction: string, context: CompileContext): Template | undefined {
  const { report } = context;
  const protocol = readIpsecProtocol(rule.protocol, report, []);
  const mode = readChoice(rule.mode, { noun: 'mode', words: ['transport', 'tunnel'] }, report);
  const ends = rule.endpoints && compileEndpoints(rule.endpoints, direction, context);
  const level = compileLevel(rule.level, context);
  if (protocol === undefined || mode === undefined) return undefined;
  if (ends === undefined || level === undefined) return undefined;
  // Not kept in transport mode, where they could only repeat what the packet says, as on Linux.
  if (mode === 'transport') return { protocol, mode, endpoints: null, ...level };
  if (ends !== null && ends !== 'anywhere') return { protocol, mode, endpoints: ends, ...level };
  return report.error('missing-endpoints', rule.span, 'a tunnel needs the addresses of its ends', {
    expected: `${protocol}/tunnel/10.9.0.1-10.9.0.2/require, the sending end first`,
  });
}

/** `anywhere` for KAME's `me-any` and `any-me`, which say nothing. */
function compileEndpoints(
  endpoints: Endpoints,
  direction: string,
  context: CompileContext,
): Template['endpoints'] | 'anywhere' | undefined {
  const { report } = context;
  const { source, destination } = endpoints;
  const pair = `${source.address.text}-${destination.address.text}`;
  if (pair === 'me-any' || pair === 'any-me') {
    if (direction === (pair === 'me-any' ? 'out' : 'in')) return 'anywhere';
    const message = `${pair} has no place in a policy of direction ${direction}`;
    return report.error('unfitting-endpoints', endpoints.span, message, {
      fix: 'leave it out',
    });
  }
  if (!portsFit(endpoints, report)) return undefined;
  const from = readAddress(source.address, context);
  const to = readAddress(destination.address, context);
  if (from === undefined || to === undefined) return undefined;
  if (from.version !== to.version) {
    const message = `one end is IPv${from.version} and the other IPv${to.version}`;
    return report.error('family-mismatch', endpoints.span, message);
  }
  return direction === 'out' ? { local: from, remote: to } : { local: to, remote: from };
}

/** Whether both ends have a port or none; Linux forgets them, and the SA has its own. */
function portsFit({ source, destination, span }: Endpoints, report: Report): boolean {
  const ports = [source.port, destination.port].filter((port) => port !== null);
  if (ports.length === 1) {
    const message = 'one end has a port, and the other has none';
    report.error('unfitting-endpoints', span, message, { fix: 'leave the port out' });
    return false;
  }
  if (ports.length === 0) return true;
  const fit = ports.every((port) => readNumber(port, PORT, report) !== undefined);
  if (fit) {
    const message = 'the ports of the ends have no effect on Linux';
    const fix = 'leave them out: they belong into the add statement, with esp-udp';
    report.warning('no-effect', span, message, { fix });
  }
  return fit;
}

/** `default` and no level at all are `require`, as Linux stores them. */
function compileLevel(
  word: Word | null,
  context: CompileContext,
): Pick<Template, 'level' | 'reqid'> | undefined {
  const { report } = context;
  if (word === null) return { level: 'require', reqid: 0 };
  if (word.text.startsWith('unique:')) {
    const { shown, span } = word;
    const text = word.text.slice('unique:'.length);
    const number = { text, shown, span };
    const reqid = readNumber(number, { ...MANUAL_REQID, what: 'unique:N' }, report);
    return reqid === undefined ? undefined : { level: 'require', reqid };
  }
  const level = readChoice(word, LEVELS, report);
  if (level === 'use') return { level, reqid: 0 };
  if (level === 'unique') return { level: 'require', reqid: context.allocateReqid() };
  return level && { level: 'require', reqid: 0 };
}

const LEVELS = { noun: 'level', words: ['default', 'use', 'require', 'unique'] } as const;
const PORT: Bounds = { what: 'a port', least: 0, most: 0xffff };
const MANUAL_REQID = { least: 1, most: FIRST_OWN_REQID - 1 };
/** XFRM_MAX_DEPTH of Linux. */
const MOST_TEMPLATES = 6;
