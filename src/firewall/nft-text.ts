/**
 * nftables for people: the text of what the JSON says, as nft(8) itself would write and read it.
 *
 * @module
 */
import type { Json, NftChain, NftRule, NftStatement, NftTable } from './nft-json.ts';

/** A table with its chains and rules, in lines. */
export function tableLines(
  { family, name }: NftTable,
  chains: readonly NftChain[],
  rules: readonly NftRule[],
): string[] {
  const lines = [`table ${family} ${name} {`];
  for (const chain of chains) {
    lines.push(`\tchain ${chain.name} {`);
    if (chain.hook !== undefined) {
      const { type, hook, prio, policy } = chain;
      lines.push(`\t\ttype ${type} hook ${hook} priority ${prio}; policy ${policy};`);
    }
    for (const rule of rules.filter((each) => each.chain === chain.name)) {
      lines.push(`\t\t${ruleText(rule)}`);
    }
    lines.push('\t}');
  }
  lines.push('}');
  return lines;
}

/** A rule on one line. */
export function ruleText({ expr, comment }: Pick<NftRule, 'expr' | 'comment'>): string {
  const words = expr.map(statementText);
  if (comment !== undefined) words.push(`comment ${JSON.stringify(comment)}`);
  return words.join(' ');
}

function statementText(statement: NftStatement): string {
  const [[kind, value] = ['', null]] = Object.entries(statement);
  if (kind === 'match') return matchText(memberOf(value, 'op'), value);
  if (kind === 'jump' || kind === 'goto') return `${kind} ${valueText(memberOf(value, 'target'))}`;
  if (kind === 'snat' || kind === 'dnat') return `${kind} to ${addressText(value)}`;
  return kind;
}

function matchText(op: Json, match: Json): string {
  const left = valueText(memberOf(match, 'left'));
  const right = memberOf(match, 'right');
  if (right === true) return `${left} exists`;
  if (right === false) return `${left} missing`;
  return `${left}${op === '==' || op === 'in' ? '' : ` ${op}`} ${rightText(memberOf(match, 'left'), right)}`;
}

/** Names of interfaces stand in quotes. */
function rightText(left: Json, right: Json): string {
  const key = memberOf(memberOf(left, 'meta'), 'key');
  const isName = key === 'iifname' || key === 'oifname';
  if (!isName) return Array.isArray(right) ? right.map(valueText).join(',') : valueText(right);
  const names = memberOf(right, 'set');
  if (Array.isArray(names)) return `{ ${names.map((name) => JSON.stringify(name)).join(', ')} }`;
  return JSON.stringify(right);
}

function valueText(value: Json): string {
  if (value === null || typeof value !== 'object') return `${value}`;
  if (Array.isArray(value)) return `{ ${value.map(valueText).join(', ')} }`;
  const [[kind, inner] = ['', null]] = Object.entries(value);
  switch (kind) {
    case 'meta': {
      const key = valueText(memberOf(inner, 'key'));
      return BARE_META.has(key) ? key : `meta ${key}`;
    }
    case 'payload':
      return `${valueText(memberOf(inner, 'protocol'))} ${valueText(memberOf(inner, 'field'))}`;
    case 'exthdr':
      return `${valueText(memberOf(inner, 'name'))} ${valueText(memberOf(inner, 'field'))}`;
    case 'ct':
    case 'rt':
      return `${kind} ${valueText(memberOf(inner, 'key'))}`;
    case 'prefix':
      return `${valueText(memberOf(inner, 'addr'))}/${valueText(memberOf(inner, 'len'))}`;
    case 'range':
      return Array.isArray(inner) ? inner.map(valueText).join('-') : JSON.stringify(inner);
    case 'set':
      return valueText(inner);
    default:
      return JSON.stringify(value);
  }
}

/** Those that nft writes without `meta`. */
const BARE_META: ReadonlySet<string> = new Set(['iif', 'iifname', 'oif', 'oifname']);

function addressText(value: Json): string {
  const address = valueText(memberOf(value, 'addr'));
  const port = memberOf(value, 'port');
  return port === null ? address : `${address}:${valueText(port)}`;
}

/** A member of an object; `null` where there is none. */
export function memberOf(value: Json, name: string): Json {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return null;
  return (value as { readonly [key: string]: Json })[name] ?? null;
}
