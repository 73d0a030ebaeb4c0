/**
 * Policies from what `ip xfrm policy` prints (iproute2), with `-s` or without.
 *
 *     src 10.1.0.0/16 dst 10.2.0.0/16 proto tcp dport 80
 *     	dir out priority 2000 ptype main
 *     	tmpl src 10.9.0.1 dst 10.9.0.2
 *     		proto esp reqid 7 mode tunnel
 *     		level use
 *
 * Policies of single sockets and of Mobile IPv6 are passed over.
 *
 * @module
 */
import type { Action, IpsecProtocol, Policy, Template } from '../../ipsec/policy.ts';
import { type Direction, NO_DETAIL, type Selector } from '../../ipsec/selector.ts';
import { hasMessages, IP_PROTOCOL, ipProtocolNumber } from '../../net/ip-protocol.ts';
import { ANY_PORT, onePort, type PortRange } from '../../net/port-range.ts';
import type { Report } from '../diagnostic.ts';
import type { SourceText } from '../source.ts';
import { type Line, wordAfter } from '../words.ts';
import {
  addressAfter,
  lineOf,
  misread,
  numberAfter,
  numberOf,
  prefixAfter,
  stanzasOf,
} from './stanza.ts';

/** The policies in `source`; those with an error are left out. */
export function readIproutePolicies(source: SourceText, report: Report): readonly Policy[] {
  return stanzasOf(source.text, report).flatMap(
    ({ head, body }) => readPolicy(head, body, report) ?? [],
  );
}

function readPolicy(head: Line, body: readonly Line[], report: Report): Policy | undefined {
  const rule = body[0];
  const first = rule?.words[0]?.text;
  if (rule === undefined || (first !== 'dir' && first !== 'socket')) {
    return misread(report, head, 'which way the policy looks', '"dir in", "dir out" or "dir fwd"');
  }
  if (first === 'socket' || wordAfter(rule.words, 'ptype')?.text === 'sub') return undefined;
  const direction = DIRECTIONS.get(wordAfter(rule.words, 'dir')?.text ?? '');
  if (direction === undefined) return misread(report, rule, 'the direction', 'in, out or fwd');
  const selector = readSelector(head, direction, report);
  const templates = readTemplates(body, direction, report);
  if (selector === undefined || templates === undefined) return undefined;
  const blocks = wordAfter(rule.words, 'action')?.text === 'block';
  return {
    direction,
    selector,
    action: actionOf(blocks, templates),
    priority: numberAfter(rule, 'priority', 0),
  };
}

function actionOf(blocks: boolean, templates: readonly Template[]): Action {
  if (blocks) return { kind: 'discard' };
  return templates.length === 0 ? { kind: 'bypass' } : { kind: 'protect', templates };
}

function readSelector(head: Line, direction: Direction, report: Report): Selector | undefined {
  const source = prefixAfter(head, 'src', report);
  const destination = prefixAfter(head, 'dst', report);
  if (source === undefined || destination === undefined) return undefined;
  const protocol = protocolOf(head, report);
  if (protocol === undefined) return undefined;
  const sent = direction === 'outbound';
  const [sourcePort, destinationPort] = [portOf(head, 'sport'), portOf(head, 'dport')];
  return {
    localAddress: sent ? source : destination,
    remoteAddress: sent ? destination : source,
    nextLayerProtocol: protocol,
    localPort: sent ? sourcePort : destinationPort,
    remotePort: sent ? destinationPort : sourcePort,
    ...NO_DETAIL,
    ...detailOf(head, protocol),
  };
}

function protocolOf(head: Line, report: Report): number | 'any' | undefined {
  const word = wordAfter(head.words, 'proto');
  if (word === undefined) return 'any';
  return (
    ipProtocolNumber(word.text) ??
    numberOf(word) ??
    report.error('unknown-protocol', word, `"${word.text}" is no protocol that is known here`, {
      expected: 'a name as /etc/protocols has it, or a number',
    })
  );
}

function portOf(head: Line, name: string): PortRange {
  const port = numberAfter(head, name, -1);
  return port < 0 ? ANY_PORT : onePort(port);
}

function detailOf(head: Line, protocol: number | 'any'): Partial<Selector> {
  const [type, code] = [numberAfter(head, 'type', -1), numberAfter(head, 'code', -1)];
  if (hasMessages(protocol) && (type >= 0 || code >= 0)) {
    return { message: { type: type < 0 ? null : type, code: code < 0 ? null : code } };
  }
  const key = wordAfter(head.words, 'key');
  if (protocol !== IP_PROTOCOL.gre || key === undefined) return {};
  return { greKey: greKeyOf(key.text) };
}

/** iproute2 writes the key as it would an IPv4 address. */
function greKeyOf(text: string): number {
  return text.split('.').reduce((key, part) => key * 256 + Number(part), 0);
}

function readTemplates(
  body: readonly Line[],
  direction: Direction,
  report: Report,
): readonly Template[] | undefined {
  const templates: Template[] = [];
  for (const [place, line] of body.entries()) {
    if (line.words[0]?.text !== 'tmpl') continue;
    const next = body.findIndex(({ words }, k) => k > place && words[0]?.text === 'tmpl');
    const lines = body.slice(place + 1, next < 0 ? undefined : next);
    const template = readTemplate(line, lines, direction, report);
    if (template === undefined) return undefined;
    templates.push(template);
  }
  return templates;
}

function readTemplate(
  line: Line,
  lines: readonly Line[],
  direction: Direction,
  report: Report,
): Template | undefined {
  const source = addressAfter(line, 'src', report);
  const destination = addressAfter(line, 'dst', report);
  if (source === undefined || destination === undefined) return undefined;
  const what = lineOf(lines, 'proto');
  const protocol = PROTOCOLS.get(what?.words[1]?.text ?? '');
  const mode = what && wordAfter(what.words, 'mode')?.text;
  if (what === undefined || protocol === undefined || (mode !== 'transport' && mode !== 'tunnel')) {
    const expected = '"proto esp reqid N mode MODE", with ah or comp instead of esp';
    return misread(report, what ?? line, 'the layer of protection', expected);
  }
  const sent = direction === 'outbound';
  const endpoints = { local: sent ? source : destination, remote: sent ? destination : source };
  const optional = lineOf(lines, 'level')?.words[1]?.text === 'use';
  return {
    protocol,
    mode,
    endpoints: mode === 'tunnel' ? endpoints : null,
    level: optional ? 'use' : 'require',
    reqid: numberAfter(what, 'reqid', 0),
  };
}

const DIRECTIONS: ReadonlyMap<string, Direction> = new Map([
  ['in', 'inbound'],
  ['out', 'outbound'],
  ['fwd', 'forward'],
]);
const PROTOCOLS: ReadonlyMap<string, IpsecProtocol> = new Map([
  ['esp', 'esp'],
  ['ah', 'ah'],
  ['comp', 'ipcomp'],
]);
