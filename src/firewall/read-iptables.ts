/**
 * What `iptables-save` and `ip6tables-save` print, in chains that say what they do.
 *
 * @module
 */
import { ipProtocolNumber } from '../net/ip-protocol.ts';
import type { PortRange } from '../net/port-range.ts';
import type { Chain, ChainRule, Condition, RuleEnd } from './chain.ts';
import { parsePrefix } from './prefix-text.ts';

const TYPES: Readonly<Record<string, string>> = { nat: 'nat' };
const HOOKS: Readonly<Record<string, string>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
};

/** The chains in `text`. */
export function chainsOfIptables(text: string, version: 4 | 6): Chain[] {
  const chains = new Map<string, Chain & { readonly rules: ChainRule[] }>();
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim();
    const [, name, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (name !== undefined) {
      const hook = HOOKS[name];
      chains.set(`${table} ${name}`, {
        tool: version === 4 ? 'iptables' : 'ip6tables',
        family: version === 4 ? 'ip' : 'ip6',
        table,
        name,
        hook:
          hook === undefined ? null : { type: TYPES[table] ?? 'filter', name: hook, priority: 0 },
        dropsTheRest: policy === 'DROP',
        rules: [],
      });
    }
    const [, chain, words] = /^(?:\[\d+:\d+\] )?-A (\S+) ?(.*)$/.exec(line) ?? [];
    if (chain !== undefined && words !== undefined) {
      chains.get(`${table} ${chain}`)?.rules.push(readRule(words));
    }
  }
  return [...chains.values()];
}

function readRule(text: string): ChainRule {
  // Strings in quotes are comments and the like.
  const words = text.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  const conditions: Condition[] = [];
  let end: RuleEnd = { kind: 'go-on' };
  let not = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const value = words[at + 1] ?? '';
    if (word === '!') {
      not = true;
      continue;
    }
    if (word === '-j' || word === '-g') {
      end = readEnd(value, word === '-g');
      break;
    }
    if (word === '-m') {
      if (!UNDERSTOOD.has(value)) conditions.push({ kind: 'unknown' });
      at += 1;
      continue;
    }
    if (word.startsWith('-')) {
      const condition = readOption(word, value, not);
      if (condition !== null) conditions.push(condition);
      not = false;
    }
  }
  return { conditions, end, text };
}

/** Matches all of whose options are read, or that hold for every packet. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  ...['tcp', 'udp', 'dccp', 'sctp', 'multiport', 'comment', 'conntrack', 'state', 'policy'],
]);

/** `null` for what asks nothing of the packet. */
function readOption(option: string, value: string, not: boolean): Condition | null {
  switch (option) {
    case '-s':
    case '-d': {
      const prefix = parsePrefix(value);
      if (prefix === undefined) return { kind: 'unknown' };
      return { kind: option === '-s' ? 'source' : 'destination', not, among: [prefix] };
    }
    case '-i':
      return { kind: 'in-device', not, among: [value] };
    case '-o':
      return { kind: 'out-device', not, among: [value] };
    case '-p': {
      const number = /^\d+$/.test(value) ? Number(value) : ipProtocolNumber(value);
      return number === undefined
        ? { kind: 'unknown' }
        : { kind: 'protocol', not, among: [number] };
    }
    case '--sport':
    case '--sports':
      return { kind: 'source-port', not, among: value.split(',').map(portsOf) };
    case '--dport':
    case '--dports':
      return { kind: 'destination-port', not, among: value.split(',').map(portsOf) };
    case '--ctstate':
    case '--state':
      return { kind: 'first-packet', holds: value.split(',').includes('NEW') === !not };
    case '--pol':
      return { kind: 'protected', holds: (value === 'ipsec') === !not };
    case '--dir':
    case '--comment':
      return null;
    default:
      return { kind: 'unknown' };
  }
}

function readEnd(target: string, isGoto: boolean): RuleEnd {
  switch (target) {
    case 'ACCEPT':
      return { kind: 'accept' };
    case 'DROP':
    case 'REJECT':
      return { kind: 'drop' };
    case 'RETURN':
      return { kind: 'return' };
    case 'MASQUERADE':
    case 'SNAT':
    case 'NETMAP':
      return { kind: 'rewrite-source' };
    default:
      return EXTENSIONS.has(target)
        ? { kind: 'go-on' }
        : { kind: isGoto ? 'goto' : 'jump', chain: target };
  }
}

/** Targets behind which the next rule is asked. */
const EXTENSIONS: ReadonlySet<string> = new Set([
  ...[
    'LOG',
    'NFLOG',
    'MARK',
    'CONNMARK',
    'TCPMSS',
    'CT',
    'CHECKSUM',
    'CLASSIFY',
    'DSCP',
    'TTL',
    'SET',
  ],
]);

function portsOf(text: string): PortRange {
  const [first = '', last = first] = text.split(':');
  return { first: Number(first), last: Number(last) };
}
