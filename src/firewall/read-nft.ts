/**
 * The ruleset of nftables, as `nft -j list ruleset` prints it, in chains that say what they do.
 *
 * @module
 */
import { ipProtocolNumber } from '../net/ip-protocol.ts';
import type { PortRange } from '../net/port-range.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Chain, ChainRule, Condition, RuleEnd } from './chain.ts';
import type { Json, NftChain, NftRule, NftStatement } from './nft-json.ts';
import { memberOf, ruleText } from './nft-text.ts';
import { parsePrefix } from './prefix-text.ts';

/** The chains among `objects`. */
export function chainsOfNft(objects: readonly Json[]): Chain[] {
  const chains = objects.flatMap((object) => pick<NftChain>(object, 'chain'));
  const rules = objects.flatMap((object) => pick<NftRule>(object, 'rule'));
  return chains.map(({ family, table, name, type, hook, prio, policy }) => ({
    tool: 'nft',
    family,
    table,
    name,
    hook:
      hook === undefined ? null : { type: type ?? 'filter', name: hook, priority: Number(prio) },
    dropsTheRest: policy === 'drop',
    rules: rules
      .filter((rule) => rule.family === family && rule.table === table && rule.chain === name)
      .map(readRule),
  }));
}

function pick<T>(object: Json, kind: string): T[] {
  const value = memberOf(object, kind);
  return value === null ? [] : [value as unknown as T];
}

function readRule(rule: NftRule): ChainRule {
  const conditions: Condition[] = [];
  let end: RuleEnd = { kind: 'go-on' };
  for (const statement of rule.expr) {
    if ('match' in statement) conditions.push(readMatch(statement['match'] ?? null));
    else end = readEnd(statement, conditions) ?? end;
  }
  return { conditions, end, text: ruleText(rule) };
}

/** `undefined` for what does not end a rule: counters, logs, limits. */
function readEnd(statement: NftStatement, conditions: Condition[]): RuleEnd | undefined {
  const [[kind, value] = ['', null]] = Object.entries(statement);
  switch (kind) {
    case 'accept':
    case 'drop':
    case 'return':
      return { kind };
    case 'reject':
      return { kind: 'drop' };
    case 'masquerade':
    case 'snat':
      return { kind: 'rewrite-source' };
    case 'jump':
    case 'goto':
      return { kind, chain: `${memberOf(value, 'target')}` };
    case 'limit':
    case 'vmap':
      conditions.push({ kind: 'unknown' });
      return undefined;
    default:
      return undefined;
  }
}

function readMatch(match: Json): Condition {
  const left = memberOf(match, 'left');
  const right = memberOf(match, 'right');
  const op = memberOf(match, 'op');
  if (op !== '==' && op !== '!=' && op !== 'in') return { kind: 'unknown' };
  const not = op === '!=';
  const payload = memberOf(left, 'payload');
  if (payload !== null) return readPayload(payload, not, right);
  const key = memberOf(memberOf(left, 'meta'), 'key');
  switch (key) {
    case 'l4proto':
      return protocols(not, right);
    case 'nfproto':
      if (right !== 'ipv4' && right !== 'ipv6') return { kind: 'unknown' };
      return { kind: 'version', version: (right === 'ipv4') === !not ? 4 : 6 };
    case 'iifname':
    case 'iif':
      return { kind: 'in-device', not, among: valuesOf(right).map(String) };
    case 'oifname':
    case 'oif':
      return { kind: 'out-device', not, among: valuesOf(right).map(String) };
    case 'ipsec':
      return { kind: 'protected', holds: (right === true) === !not };
    default:
  }
  if (memberOf(memberOf(left, 'rt'), 'key') === 'ipsec') {
    return { kind: 'protected', holds: (right === true) === !not };
  }
  if (memberOf(memberOf(left, 'ct'), 'key') === 'state') {
    const states = valuesOf(right).map(String);
    return { kind: 'first-packet', holds: states.includes('new') === !not };
  }
  return { kind: 'unknown' };
}

function readPayload(payload: Json, not: boolean, right: Json): Condition {
  const protocol = `${memberOf(payload, 'protocol')}`;
  const field = `${memberOf(payload, 'field')}`;
  if ((protocol === 'ip' || protocol === 'ip6') && (field === 'saddr' || field === 'daddr')) {
    const among = valuesOf(right).map(prefixOf);
    if (among.some((prefix) => prefix === undefined)) return { kind: 'unknown' };
    const kind = field === 'saddr' ? 'source' : 'destination';
    return { kind, not, among: among.filter((prefix): prefix is Prefix => prefix !== undefined) };
  }
  if (field === 'protocol' || field === 'nexthdr') return protocols(not, right);
  if (field === 'sport' || field === 'dport') {
    const among = valuesOf(right).map(portsOf);
    if (among.some((range) => range === undefined)) return { kind: 'unknown' };
    const kind = field === 'sport' ? 'source-port' : 'destination-port';
    return { kind, not, among: among.filter((range): range is PortRange => range !== undefined) };
  }
  return { kind: 'unknown' };
}

function protocols(not: boolean, right: Json): Condition {
  const numbers = valuesOf(right).map((value) =>
    typeof value === 'number' ? value : ipProtocolNumber(value === 'comp' ? 'ipcomp' : `${value}`),
  );
  if (numbers.some((number) => number === undefined)) return { kind: 'unknown' };
  return {
    kind: 'protocol',
    not,
    among: numbers.filter((number): number is number => number !== undefined),
  };
}

/** One value, those of a set, or those of a list. */
function valuesOf(right: Json): readonly Json[] {
  const set = memberOf(right, 'set');
  if (Array.isArray(set)) return set;
  return Array.isArray(right) ? right : [right];
}

function prefixOf(value: Json): Prefix | undefined {
  const prefix = memberOf(value, 'prefix');
  if (prefix === null) return typeof value === 'string' ? parsePrefix(value) : undefined;
  return parsePrefix(`${memberOf(prefix, 'addr')}/${memberOf(prefix, 'len')}`);
}

function portsOf(value: Json): PortRange | undefined {
  if (typeof value === 'number') return { first: value, last: value };
  const range = memberOf(value, 'range');
  if (!Array.isArray(range)) return undefined;
  const [first, last] = range.map(Number);
  return first === undefined || last === undefined ? undefined : { first, last };
}
