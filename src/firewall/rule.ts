/**
 * What a packet filter has to know about IPsec: which packets for this host, or through it, may come
 * only out of an SA. From what the operator names, or from the policies of a file.
 *
 *   requirement  tcp/5901 from 10.9.0.0/24 ─┐
 *                                           ├─► rules, the first that matches decides
 *   policies     inbound and forward ───────┘
 *
 * Only packets that came in the clear meet the rules: those that were protected are let through
 * before (`table.ts`), as are the packets that carry protected ones. No rule is about everything
 * else, so what is not named goes its way as ever.
 *
 * @module
 */
import type { Policy } from '../ipsec/policy.ts';
import { type Direction, NO_DETAIL, type Selector } from '../ipsec/selector.ts';
import { selectorsOverlap } from '../ipsec/selector-overlap.ts';
import { hasMessages, hasPorts, PORTED_PROTOCOLS } from '../net/ip-protocol.ts';
import { ANY_PORT, isAnyPort } from '../net/port-range.ts';
import { everywhere } from '../net/prefix.ts';
import type { Requirement } from './requirement.ts';

/** Where the kernel asks: packets for this host, or those that it passes on. */
export type Hook = 'input' | 'forward';

/** What becomes of a packet that came in the clear. */
export interface FirewallRule {
  readonly hook: Hook;
  /** Of a packet received: local is its destination. */
  readonly selector: Selector;
  readonly outcome: 'accept' | 'drop';
}

/** Drops what `requirements` want protected. */
export function rulesForRequirements(requirements: readonly Requirement[]): FirewallRule[] {
  return requirements.flatMap((requirement) =>
    selectorsOf(requirement)
      .flatMap(spread)
      .map((selector): FirewallRule => ({ hook: 'input', selector, outcome: 'drop' })),
  );
}

function selectorsOf({ protocol, ports, from }: Requirement): Selector[] {
  const anywhere = ([4, 6] as const).filter((version) => isOf(protocol, version)).map(everywhere);
  const sources = from.length === 0 ? anywhere : from;
  return sources.map((remoteAddress) => ({
    localAddress: everywhere(remoteAddress.address.version),
    remoteAddress,
    nextLayerProtocol: protocol,
    localPort: ports,
    remotePort: ANY_PORT,
    ...NO_DETAIL,
  }));
}

/** ICMP is of IPv4 alone, ICMPv6 and the mobility header of IPv6. */
function isOf(protocol: number | 'any', version: 4 | 6): boolean {
  if (!hasMessages(protocol)) return true;
  return (protocol === ICMP) === (version === 4);
}

const ICMP = 1;

/** What became of policies. */
export interface PolicyRules {
  readonly rules: readonly FirewallRule[];
  /** Those about what packet filters do not see: GRE keys, labels, codes of any type. */
  readonly left: readonly Policy[];
}

/**
 * Rules for the inbound and forward policies among `policies`, of which those of one priority are
 * given with the oldest first: drops what must come protected, and lets pass what a policy of
 * higher precedence lets pass in the clear. Policies that discard are the SPD's affair alone.
 */
export function rulesForPolicies(policies: readonly Policy[]): PolicyRules {
  const rules: FirewallRule[] = [];
  const left: Policy[] = [];
  for (const policy of policies.toSorted((a, b) => a.priority - b.priority)) {
    const hook = HOOKS[policy.direction];
    const outcome = outcomeOf(policy);
    if (hook === null || outcome === null) continue;
    // What passes through comes out of tunnels: transport mode is between hosts (RFC 4301 §4.1).
    if (hook === 'forward' && outcome === 'drop' && !hasTunnel(policy)) continue;
    if (!canBeSeen(policy.selector)) {
      left.push(policy);
      continue;
    }
    for (const selector of spread(policy.selector)) rules.push({ hook, selector, outcome });
  }
  return { rules: withoutIdle(rules), left };
}

const HOOKS: Readonly<Record<Direction, Hook | null>> = {
  inbound: 'input',
  forward: 'forward',
  outbound: null,
};

function outcomeOf({ action }: Policy): FirewallRule['outcome'] | null {
  if (action.kind === 'discard') return null;
  if (action.kind === 'bypass') return 'accept';
  // In the clear only where every layer is optional (level `use`).
  return action.templates.every(({ level }) => level === 'use') ? 'accept' : 'drop';
}

/** Packet filters look at no GRE key and no label, and at no code without a type. */
function canBeSeen({ greKey, securityContext, message }: Selector): boolean {
  const codeAlone = message !== null && message.type === null && message.code !== null;
  return greKey === null && securityContext === null && !codeAlone;
}

function hasTunnel({ action }: Policy): boolean {
  return action.kind === 'protect' && action.templates.some(({ mode }) => mode === 'tunnel');
}

/** Ports of any protocol are those of each that has ports. */
function spread(selector: Selector): Selector[] {
  const { nextLayerProtocol: protocol, localPort, remotePort } = selector;
  if (isAnyPort(localPort) && isAnyPort(remotePort)) return [selector];
  if (protocol !== 'any') return hasPorts(protocol) ? [selector] : [];
  return PORTED_PROTOCOLS.map((nextLayerProtocol) => ({ ...selector, nextLayerProtocol }));
}

/** Without those that let pass what no later rule would drop. */
function withoutIdle(rules: readonly FirewallRule[]): FirewallRule[] {
  return rules.filter(({ hook, selector, outcome }, place) => {
    if (outcome === 'drop') return true;
    return rules
      .slice(place + 1)
      .some(
        (later) =>
          later.hook === hook &&
          later.outcome === 'drop' &&
          selectorsOverlap(later.selector, selector),
      );
  });
}
