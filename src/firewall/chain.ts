/**
 * What a packet filter does to a flow: chains of rules, whoever wrote them, and which of the rules the
 * first packet of a flow meets.
 *
 * A match that we do not understand may hold or not. So what is told is what certainly happens, and
 * what may.
 *
 * @module
 */

import { hasPorts } from '../net/ip-protocol.ts';
import { isAnyPort, type PortRange } from '../net/port-range.ts';
import { type Prefix, prefixCovers } from '../net/prefix.ts';

/** Packets of one kind, as the chain sees them. */
export interface Flow {
  readonly source: Prefix;
  readonly destination: Prefix;
  readonly protocol: number | 'any';
  readonly sourcePort: PortRange;
  readonly destinationPort: PortRange;
  /** `null` where it is not known. */
  readonly inDevice: string | null;
  readonly outDevice: string | null;
  /** Whether the kernel protects it, or has; it is seen in the clear. */
  readonly isProtected: boolean;
}

/** What a rule asks of a packet. */
export type Condition =
  | {
      readonly kind: 'source' | 'destination';
      readonly not: boolean;
      readonly among: readonly Prefix[];
    }
  | { readonly kind: 'protocol'; readonly not: boolean; readonly among: readonly number[] }
  | {
      readonly kind: 'source-port' | 'destination-port';
      readonly not: boolean;
      readonly among: readonly PortRange[];
    }
  /** A name that ends in `*` stands for all that begin so. */
  | {
      readonly kind: 'in-device' | 'out-device';
      readonly not: boolean;
      readonly among: readonly string[];
    }
  | { readonly kind: 'version'; readonly version: 4 | 6 }
  /** Whether it holds for the first packet of a flow. */
  | { readonly kind: 'first-packet'; readonly holds: boolean }
  | { readonly kind: 'protected'; readonly holds: boolean }
  | { readonly kind: 'unknown' };

/** What a rule does with a packet that it matches. */
export type RuleEnd =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'rewrite-source' | 'go-on' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string };

export interface ChainRule {
  readonly conditions: readonly Condition[];
  readonly end: RuleEnd;
  /** As its own tool writes it. */
  readonly text: string;
}

export interface Chain {
  readonly tool: 'nft' | 'iptables' | 'ip6tables';
  /** Of nft; with the others `ip` or `ip6`. */
  readonly family: string;
  readonly table: string;
  readonly name: string;
  /** `null` where only other chains lead to it. */
  readonly hook: { readonly type: string; readonly name: string; readonly priority: number } | null;
  /** Whether packets are dropped that no rule decides on. */
  readonly dropsTheRest: boolean;
  readonly rules: readonly ChainRule[];
}

/** A rule that decides, or may decide, on the first packet of a flow. */
export interface Decision {
  /** `null` is the policy of the chain. */
  readonly rule: ChainRule | null;
  readonly end: 'accept' | 'drop' | 'rewrite-source';
  /** Of no packet of the flow is another decision possible, but for those before. */
  readonly certain: boolean;
}

/** Decisions that `chain`, which the kernel leads to, may take on `flow`, in the order that they are met. */
export function decisionsOf(flow: Flow, chain: Chain, all: readonly Chain[]): Decision[] {
  if (!isOfFamily(flow, chain)) return [];
  const own = all.filter(
    ({ tool, family, table }) =>
      tool === chain.tool && family === chain.family && table === chain.table,
  );
  const byName = new Map(own.map((each) => [each.name, each]));
  const decisions: Decision[] = [];
  const over = walk(flow, chain, byName, decisions, true, 0);
  if (!over)
    decisions.push({ rule: null, end: chain.dropsTheRest ? 'drop' : 'accept', certain: true });
  return decisions;
}

/** Loops of chains the kernel refuses; as deep as it follows (NFT_JUMP_STACK_SIZE). */
const DEEPEST = 16;

/** Whether a decision was certain, so that nothing behind it is met. */
function walk(
  flow: Flow,
  chain: Chain,
  byName: ReadonlyMap<string, Chain>,
  decisions: Decision[],
  certainly: boolean,
  depth: number,
): boolean {
  for (const rule of chain.rules) {
    const held = ruleMatches(rule, flow);
    if (held === 'never') continue;
    const certain = certainly && held === 'always';
    switch (rule.end.kind) {
      case 'go-on':
        continue;
      case 'return':
        if (held === 'always') return false;
        continue;
      case 'jump':
      case 'goto': {
        const target = byName.get(rule.end.chain);
        if (target === undefined || depth === DEEPEST) continue;
        if (walk(flow, target, byName, decisions, certain, depth + 1)) return true;
        if (rule.end.kind === 'goto' && held === 'always') return false;
        continue;
      }
      default:
        decisions.push({ rule, end: rule.end.kind, certain });
        if (certain) return true;
        // Certain within a chain that may not be reached: what follows it there is not met.
        if (held === 'always') return false;
    }
  }
  return false;
}

type Held = 'always' | 'maybe' | 'never';

function ruleMatches({ conditions }: ChainRule, flow: Flow): Held {
  let held: Held = 'always';
  for (const condition of conditions) {
    const each = conditionHolds(condition, flow);
    if (each === 'never') return 'never';
    if (each === 'maybe') held = 'maybe';
  }
  return held;
}

function conditionHolds(condition: Condition, flow: Flow): Held {
  switch (condition.kind) {
    case 'source':
      return among(condition, (prefix) => prefixHeld(prefix, flow.source));
    case 'destination':
      return among(condition, (prefix) => prefixHeld(prefix, flow.destination));
    case 'protocol':
      return among(condition, (number) => {
        if (flow.protocol === 'any') return 'maybe';
        return flow.protocol === number ? 'always' : 'never';
      });
    case 'source-port':
      return portsHeld(condition, flow, flow.sourcePort);
    case 'destination-port':
      return portsHeld(condition, flow, flow.destinationPort);
    case 'in-device':
      return among(condition, (name) => deviceHeld(name, flow.inDevice));
    case 'out-device':
      return among(condition, (name) => deviceHeld(name, flow.outDevice));
    case 'version':
      return flow.source.address.version === condition.version ? 'always' : 'never';
    case 'first-packet':
      return condition.holds ? 'always' : 'never';
    case 'protected':
      return condition.holds === flow.isProtected ? 'always' : 'never';
    case 'unknown':
      return 'maybe';
  }
}

/** Whether one of those that are asked for holds, or none where that is asked. */
function among<T>(
  { not, among: asked }: { readonly not: boolean; readonly among: readonly T[] },
  holds: (one: T) => Held,
): Held {
  const all = asked.map(holds);
  const any: Held = all.includes('always') ? 'always' : all.includes('maybe') ? 'maybe' : 'never';
  if (!not || any === 'maybe') return any;
  return any === 'always' ? 'never' : 'always';
}

function prefixHeld(asked: Prefix, of: Prefix): Held {
  if (asked.address.version !== of.address.version) return 'never';
  if (asked.length <= of.length)
    return prefixCovers(asked, of.address.octets, 0) ? 'always' : 'never';
  return prefixCovers(of, asked.address.octets, 0) ? 'maybe' : 'never';
}

function portsHeld(
  condition: { readonly not: boolean; readonly among: readonly PortRange[] },
  { protocol }: Flow,
  ports: PortRange,
): Held {
  if (protocol !== 'any' && !hasPorts(protocol)) return 'never';
  return among(condition, (asked) => {
    if (ports.first > asked.last || asked.first > ports.last) return 'never';
    const covers = asked.first <= ports.first && ports.last <= asked.last;
    return covers && !isAnyPort(ports) ? 'always' : 'maybe';
  });
}

function deviceHeld(asked: string, device: string | null): Held {
  if (device === null) return 'maybe';
  const same = /[*+]$/.test(asked) ? device.startsWith(asked.slice(0, -1)) : device === asked;
  return same ? 'always' : 'never';
}

function isOfFamily({ source }: Flow, { family }: Chain): boolean {
  return family === 'inet' || family === (source.address.version === 4 ? 'ip' : 'ip6');
}
