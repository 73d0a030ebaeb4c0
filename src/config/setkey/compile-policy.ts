/**
 * Statements about policies: from the syntax tree to changes of the SPD.
 *
 * @module
 */
import type { Action, Policy } from '../../ipsec/policy.ts';
import { DEFAULT_PRIORITY } from '../../ipsec/policy.ts';
import type { Direction, Selector } from '../../ipsec/selector.ts';
import { hasPorts, IP_PROTOCOL, ipProtocolName } from '../../net/ip-protocol.ts';
import { isAnyPort } from '../../net/port-range.ts';
import { addressBits, type Prefix } from '../../net/prefix.ts';
import type { Report } from '../diagnostic.ts';
import type { CompileContext } from './compile-context.ts';
import { compilePriority } from './compile-priority.ts';
import { compileRules } from './compile-rule.ts';
import { readAddress, readChoice, readNumber, readPort, readUpper } from './compile-word.ts';
import type { PolicyText, Range, SelectorText, SpdStatement, Word } from './syntax.ts';

export type PolicyId = Pick<Policy, 'direction' | 'selector'>;

/** Compiles `spdadd` and `spdupdate`; `undefined` when something is wrong and was reported. */
export function compilePolicy(
  statement: SpdStatement,
  context: CompileContext,
): Policy | undefined {
  const { policy } = statement;
  const id = compilePolicyId(statement, context.report);
  const priority = policy.priority === null
    ? DEFAULT_PRIORITY
    : compilePriority(policy.priority, context.report);
  const action = compileAction(policy, context);
  if (id === undefined || priority === undefined || action === undefined) return undefined;
  return { ...id, action, priority };
}

/** Compiles what `spddelete` needs of a policy: its direction and selector. */
export function compilePolicyId(statement: SpdStatement, report: Report): PolicyId | undefined {
  const { direction: word } = statement.policy;
  const name = readChoice(word, { noun: 'direction', words: ['in', 'out', 'fwd'] }, report);
  const direction = name && DIRECTIONS[name];
  const selector = compileSelector(statement.selector, direction ?? 'outbound', report);
  return direction && selector && { direction, selector };
}

/** The source is local to outbound packets, the destination to all others. */
function compileSelector(
  text: SelectorText,
  direction: Direction,
  report: Report,
): Selector | undefined {
  const source = compilePrefix(text.source, text.flags, report);
  const destination = compilePrefix(text.destination, text.flags, report);
  const sourcePort = readPort(text.source.port, report);
  const destinationPort = readPort(text.destination.port, report);
  const nextLayerProtocol = readUpper(text.upper, report);
  if (nextLayerProtocol !== undefined && text.misc !== null) {
    return refuseMisc(text.misc, nextLayerProtocol, report);
  }
  if (source === undefined || destination === undefined) return undefined;
  if (source.address.version !== destination.address.version) {
    const message = `the source is IPv${source.address.version} and the destination IPv${destination.address.version}`;
    return report.error('family-mismatch', text.destination.address.span, message, {
      expected: `an IPv${source.address.version} address`,
    });
  }
  if (sourcePort === undefined || destinationPort === undefined) return undefined;
  if (nextLayerProtocol === undefined) return undefined;
  const port = isAnyPort(sourcePort) ? text.destination.port : text.source.port;
  const portsMean = nextLayerProtocol === 'any' || hasPorts(nextLayerProtocol);
  if (!portsMean && port !== null && !(isAnyPort(sourcePort) && isAnyPort(destinationPort))) {
    return refusePort(port, nextLayerProtocol, report);
  }
  const [local, remote] = [
    { address: source, port: sourcePort },
    { address: destination, port: destinationPort },
  ];
  const [here, there] = direction === 'outbound' ? [local, remote] : [remote, local];
  return {
    localAddress: here.address,
    remoteAddress: there.address,
    nextLayerProtocol,
    localPort: here.port,
    remotePort: there.port,
  };
}

function compilePrefix(range: Range, flags: readonly Word[], report: Report): Prefix | undefined {
  const address = readAddress(range.address, report, flags);
  if (address === undefined) return undefined;
  const most = addressBits(address.version);
  if (range.prefixLength === null) return { address, length: most };
  const bounds = { what: `an IPv${address.version} prefix length`, least: 0, most };
  const length = readNumber(range.prefixLength, bounds, report);
  return length === undefined ? undefined : { address, length };
}

function compileAction(policy: PolicyText, context: CompileContext): Action | undefined {
  const { report } = context;
  if (policy.action === null) {
    return report.error('missing-action', policy.direction.span, 'the policy has no action', {
      expected: 'discard, none, or ipsec and rules',
    });
  }
  const { text, span, shown } = policy.action;
  if (text === 'bypass' || text === 'entrust') {
    const message = `${shown}, an action of policies of sockets, is not supported yet`;
    return report.error('not-supported', span, message, {
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
    });
  }
  return { kind: action === 'none' ? 'bypass' : 'discard' };
}

function refuseMisc(misc: Word, protocol: number | 'any', report: Report): undefined {
  const what = protocol === 'any' ? undefined : MISC.get(protocol);
  if (what !== undefined) {
    const message = `the ${what} ${misc.shown} is not supported yet`;
    return report.error('not-supported', misc.span, message, {
      fix: `leave it out, for every packet of the protocol`,
    });
  }
  return report.error('unexpected-token', misc.span, `found ${misc.shown} in the place of -P`, {
    expected: '-P and a policy',
  });
}

function refusePort(port: Word, protocol: number, report: Report): undefined {
  const name = ipProtocolName(protocol);
  const what = MISC.get(protocol);
  if (what !== undefined) {
    const message = `the ${what} in the place of a port is not supported yet`;
    return report.error('not-supported', port.span, message, { fix: 'write [any]' });
  }
  return report.error('unexpected-port', port.span, `packets of ${name} have no ports`, {
    fix: 'write [any], or tcp or udp for the protocol',
  });
}

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

/** What may follow the name of a protocol, in the full language. */
const MISC: ReadonlyMap<number, string> = new Map([
  [IP_PROTOCOL.icmp, 'ICMP type and code'],
  [IP_PROTOCOL['ipv6-icmp'], 'ICMPv6 type and code'],
  [IP_PROTOCOL['mobility-header'], 'mobility header type'],
  [IP_PROTOCOL.gre, 'GRE key'],
]);
