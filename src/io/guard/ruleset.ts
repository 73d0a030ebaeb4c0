/**
 * Policies as nf_tables rules.
 *
 *   locally sent ──► outbound ─┐            ┌─ bypass, or no policy ──► as ever
 *                              ├► outgoing ─┼─ protect ──► marked: routed into the TUN device
 *   received ──────► passing ──┘            └─ discard ──► marked
 *
 *   received for us ─► inbound ─┬─ from the TUN device, or AH or ESP ──► accepted
 *   received for others ► forward├─ bypass, or no policy ──► as ever
 *                               └─ protect, discard ──► counted, dropped (RFC 4301 §5.2)
 *
 *   about to leave ─► departing ── marked, but not into the TUN device ──► counted, dropped
 *
 * What this host forwards is looked at before it is known to be for others: a packet for this host
 * gets a mark, too, and arrives nevertheless. Whatever routes and other firewalls do to a marked
 * packet, it does not leave.
 *
 * Rules stand in the order of the SPD and the first that matches decides, as in the SPD; of many
 * policies between single hosts one rule does the work (`ipsec/host-pairs.ts`). A policy
 * for certain ports, messages or keys also drops the later fragments of its protocol, which show none:
 * none may slip past it (RFC 4301 §7).
 *
 * @module
 */

import { runsOf } from '../../ipsec/host-pairs.ts';
import type { Policy } from '../../ipsec/policy.ts';
import type { Carriers } from '../../ipsec/sa-parameters.ts';
import type { Direction } from '../../ipsec/selector.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import { concatenate } from '../../netlink/attribute.ts';
import {
  countPacket,
  jump,
  matchAddressPair,
  matchExtension,
  matchInputInterface,
  matchMark,
  matchNetworkHeader,
  matchOctet,
  matchOutputInterface,
  matchProtocol,
  matchVersion,
  setMark,
  verdict,
} from '../../netlink/nft-expression.ts';
import { newAddressPairSet } from '../../netlink/nft-set.ts';
import {
  type BaseChain,
  flushChain,
  NF_INET_HOOK,
  newChain,
  newCounter,
  newOwnChain,
  newRule,
  newTable,
} from '../../netlink/nftables.ts';
import type { NetlinkRequest } from '../../netlink/nlmsg.ts';
import { toHex } from '../../octets/hex.ts';
import { matchUdpEnd, tunnelPairs } from './carrier-match.ts';
import {
  GUARD_TABLE,
  MARK_CAPTURED,
  MARK_MASK,
  MARK_OWN,
  MARK_REFUSED,
  TUN_NAME,
} from './numbers.ts';
import { type Match, matchFragmentOf, matchHidden, matchSelector } from './selector-match.ts';

/** Before connection tracking and before the filters of others. */
const RAW_PRIORITY = -300;
/** Where `route` chains belong. */
const MANGLE_PRIORITY = -150;
/** Behind the translation of destinations, as Linux looks policies up. */
const AFTER_NAT_PRIORITY = -90;

/** The chains that the kernel leads packets to. */
const CHAINS = {
  outbound: {
    name: 'outbound',
    type: 'route',
    hook: NF_INET_HOOK.LOCAL_OUT,
    priority: MANGLE_PRIORITY,
  },
  passing: {
    name: 'passing',
    type: 'filter',
    hook: NF_INET_HOOK.PRE_ROUTING,
    priority: AFTER_NAT_PRIORITY,
  },
  inbound: {
    name: 'inbound',
    type: 'filter',
    hook: NF_INET_HOOK.LOCAL_IN,
    priority: RAW_PRIORITY,
  },
  forward: {
    name: 'forward',
    type: 'filter',
    hook: NF_INET_HOOK.FORWARD,
    priority: RAW_PRIORITY,
  },
  departing: {
    name: 'departing',
    type: 'filter',
    hook: NF_INET_HOOK.POST_ROUTING,
    priority: RAW_PRIORITY,
  },
} as const satisfies Readonly<Record<string, BaseChain>>;

/** The chain of each direction's policies. Two of the kernel's lead to the first. */
const POLICY_CHAINS: Readonly<Record<Direction, string>> = {
  outbound: 'outgoing',
  inbound: CHAINS.inbound.name,
  forward: CHAINS.forward.name,
};

/** Counters of discarded packets, under the names of `/proc/net/xfrm_stat`. */
export const GUARD_COUNTERS = ['in-tmpl-mismatch', 'in-pol-block', 'out-pol-block'] as const;
type GuardCounter = (typeof GUARD_COUNTERS)[number];

/** A match, and what becomes of the packet. */
type Rule = Match;

/**
 * The requests that put rules for `policies`, in order of precedence, in place of all others. What
 * comes in `carriers` is let through to the data plane.
 */
export function rulesetFor(policies: readonly Policy[], carriers: Carriers): NetlinkRequest[] {
  const outgoing = POLICY_CHAINS.outbound;
  const requests = [
    newTable(GUARD_TABLE),
    ...GUARD_COUNTERS.map((counter) => newCounter(GUARD_TABLE, counter)),
    newOwnChain(GUARD_TABLE, outgoing),
    flushChain(GUARD_TABLE, outgoing),
  ];
  for (const [name, chain] of Object.entries(CHAINS)) {
    requests.push(newChain(GUARD_TABLE, chain), flushChain(GUARD_TABLE, name));
  }
  const add = (chain: string, rule: Rule) => requests.push(newRule(GUARD_TABLE, chain, rule));
  for (const rule of outboundRules()) add(CHAINS.outbound.name, rule);
  for (const rule of passingRules()) add(CHAINS.passing.name, rule);
  for (const rule of inboundExemptions(carriers)) add(CHAINS.inbound.name, rule);
  let nextSet = 1;
  for (const { version, pairs } of tunnelPairs(carriers)) {
    for (const protocol of [IP_PROTOCOL.ipencap, IP_PROTOCOL.ipv6]) {
      // A set belongs to one rule.
      const set = nextSet++;
      requests.push(...newAddressPairSet(GUARD_TABLE, set, version, pairs));
      const ipInIp = [...matchVersion(version), ...matchProtocol(protocol)];
      const rule = [...ipInIp, ...matchAddressPair(version, set), ...verdict('accept')];
      add(CHAINS.inbound.name, rule);
    }
  }
  for (const rule of receivedExemptions()) add(CHAINS.forward.name, rule);
  for (const rule of departingRules()) add(CHAINS.departing.name, rule);
  for (const direction of ['outbound', 'inbound', 'forward'] as const) {
    const chain = POLICY_CHAINS[direction];
    const ordered = policies.filter((policy) => policy.direction === direction);
    for (const { pairs, items } of runsOf(ordered, ({ selector }) => selector)) {
      if (!pairs) {
        for (const rule of items.flatMap(policyRules)) add(chain, rule);
        continue;
      }
      for (const { version, outcome, policies: alike } of alikeOf(items)) {
        const set = nextSet++;
        requests.push(...newAddressPairSet(GUARD_TABLE, set, version, alike.map(pairKey)));
        add(chain, [...matchVersion(version), ...matchAddressPair(version, set), ...outcome]);
      }
    }
  }
  return requests;
}

/** Policies of one IP version with one outcome. */
interface Alike {
  readonly version: 4 | 6;
  readonly outcome: Rule;
  readonly policies: Policy[];
}

function alikeOf(policies: readonly Policy[]): Iterable<Alike> {
  const groups = new Map<string, Alike>();
  for (const policy of policies) {
    const { version } = policy.selector.localAddress.address;
    const outcome = outcomeOf(policy);
    // What a rule does is its octets.
    const key = `${version} ${outcome.flat().map(toHex).join(' ')}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { version, outcome, policies: [policy] });
    else group.policies.push(policy);
  }
  return groups.values();
}

/** Source and destination as the packet has them, one after the other. */
function pairKey({ direction, selector }: Policy): Uint8Array {
  const local = selector.localAddress.address.octets;
  const remote = selector.remoteAddress.address.octets;
  return concatenate(direction === 'outbound' ? [local, remote] : [remote, local]);
}

function outboundRules(): Rule[] {
  const accept = verdict('accept');
  return [
    [...matchMark(MARK_OWN, MARK_MASK), ...accept],
    [...matchOutputInterface('lo'), ...accept],
    [...matchNeighbourDiscovery(), ...accept],
    jump(POLICY_CHAINS.outbound),
  ];
}

/** What comes out of the TUN device may have to go into it again: on to the next tunnel. */
function passingRules(): Rule[] {
  return [[...matchInputInterface('lo'), ...verdict('accept')], jump(POLICY_CHAINS.outbound)];
}

/** Packets received that no policy is asked about. */
function receivedExemptions(): Rule[] {
  const accept = verdict('accept');
  return [
    [...matchInputInterface(TUN_NAME), ...accept],
    [...matchInputInterface('lo'), ...accept],
  ];
}

/** Those, and what the engine receives by itself. */
function inboundExemptions({ udpEnds }: Carriers): Rule[] {
  const matches: Match[] = [
    ...[IP_PROTOCOL.esp, IP_PROTOCOL.ah, IP_PROTOCOL.ipcomp].map(matchProtocol),
    // Under IPv6 AH counts as an extension header, and what is behind it as the protocol.
    [...matchVersion(6), ...matchExtension(IP_PROTOCOL.ah)],
    [...matchVersion(6), ...matchFragmentOf(IP_PROTOCOL.ah)],
    ...udpEnds.flatMap(matchUdpEnd),
    matchNeighbourDiscovery(),
  ];
  const accept = verdict('accept');
  return [...receivedExemptions(), ...matches.map((match) => [...match, ...accept])];
}

/**
 * Neighbour Discovery makes the link work that protected packets go over, so it comes before all
 * protection. It does not reach beyond the link: routers pass no hop limit of 255 on (RFC 4861 §6.1,
 * §7.1).
 */
function matchNeighbourDiscovery(): Match {
  return [
    ...matchVersion(6),
    ...matchProtocol(IP_PROTOCOL['ipv6-icmp']),
    ...matchNetworkHeader(IPV6_HOP_LIMIT, Uint8Array.of(255), Uint8Array.of(0xff)),
    ...matchOctet(0, ROUTER_SOLICITATION, REDIRECT),
  ];
}

const IPV6_HOP_LIMIT = 7;
/** The first and the last type of RFC 4861 §4. */
const ROUTER_SOLICITATION = 133;
const REDIRECT = 137;

/**
 * What the host has to say to the TUN device by itself, reports of multicast listeners, goes nowhere.
 */
function departingRules(): Rule[] {
  const captured = matchMark(MARK_CAPTURED, MARK_MASK);
  const blocked = discard('out-pol-block');
  return [
    [...matchMark(MARK_REFUSED, MARK_MASK), ...blocked],
    [...captured, ...matchOutputInterface(TUN_NAME), ...verdict('accept')],
    [...captured, ...blocked],
    [...matchOutputInterface(TUN_NAME), ...verdict('drop')],
  ];
}

function policyRules(policy: Policy): Rule[] {
  const { direction, selector, action } = policy;
  const outcome = outcomeOf(policy);
  const rules = matchSelector(selector, direction).map((match) => [...match, ...outcome]);
  if (action.kind === 'bypass') return rules;
  const blocked = direction === 'outbound' ? mark(MARK_REFUSED) : discard('in-tmpl-mismatch');
  const hidden = matchHidden(selector, direction).map((match) => [...match, ...blocked]);
  return [...rules, ...hidden];
}

function outcomeOf({ action, direction }: Policy): Rule {
  switch (action.kind) {
    case 'bypass':
      return verdict('accept');
    case 'discard':
      return direction === 'outbound' ? mark(MARK_REFUSED) : discard('in-pol-block');
    case 'protect': {
      if (direction === 'outbound') return mark(MARK_CAPTURED);
      // In the clear only where every layer is optional (level `use`).
      const optional = action.templates.every((template) => template.level === 'use');
      return optional ? verdict('accept') : discard('in-tmpl-mismatch');
    }
  }
}

function mark(value: number): Rule {
  return [...setMark(value, MARK_MASK), ...verdict('accept')];
}

function discard(counter: GuardCounter): Rule {
  return [...countPacket(counter), ...verdict('drop')];
}
