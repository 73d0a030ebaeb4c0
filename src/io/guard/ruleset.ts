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
 * policies alike one rule does the work (`rule-groups.ts`).
 *
 * @module
 */
import type { Policy } from '../../ipsec/policy.ts';
import type { Carriers } from '../../ipsec/sa-parameters.ts';
import type { Direction } from '../../ipsec/selector.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import {
  countPacket,
  jump,
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
import { newKeySet } from '../../netlink/nft-set.ts';
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
import {
  GUARD_TABLE,
  MARK_CAPTURED,
  MARK_MASK,
  MARK_OWN,
  MARK_REFUSED,
  TUN_NAME,
} from './numbers.ts';
import {
  expressionsForSet,
  expressionsOf,
  type Match,
  matchFragmentOf,
  setKey,
  setKeyTypes,
} from './packet-match.ts';
import { carrierRules, type Outcome, policyRules } from './policy-rules.ts';
import { groupRules, type Rule } from './rule-groups.ts';

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
  const sets = new SetNumbers();
  const add = (chain: string, rule: Match) => requests.push(newRule(GUARD_TABLE, chain, rule));
  for (const rule of outboundRules()) add(CHAINS.outbound.name, rule);
  for (const rule of passingRules()) add(CHAINS.passing.name, rule);
  for (const rule of inboundExemptions()) add(CHAINS.inbound.name, rule);
  requests.push(...groupRequests(CHAINS.inbound.name, carrierRules(carriers), sets));
  for (const rule of receivedExemptions()) add(CHAINS.forward.name, rule);
  for (const rule of departingRules()) add(CHAINS.departing.name, rule);
  for (const direction of ['outbound', 'inbound', 'forward'] as const) {
    const ordered = policies.filter((policy) => policy.direction === direction);
    requests.push(...groupRequests(POLICY_CHAINS[direction], policyRules(ordered), sets));
  }
  return requests;
}

/** The requests that add `rules`, put together where they can be, to `chain`. */
function* groupRequests(
  chain: string,
  rules: Iterable<Rule<Outcome>>,
  sets: SetNumbers,
): Generator<NetlinkRequest> {
  for (const { outcome, matches } of groupRules(rules)) {
    const end = OUTCOMES[outcome]();
    const [first] = matches;
    if (first === undefined) continue;
    if (matches.length < LEAST_IN_SET) {
      for (const match of matches) {
        yield newRule(GUARD_TABLE, chain, [...expressionsOf(match), ...end]);
      }
      continue;
    }
    const set = sets.take();
    yield* newKeySet(GUARD_TABLE, set, setKeyTypes(first), matches.map(setKey));
    yield newRule(GUARD_TABLE, chain, [...expressionsForSet(first, set), ...end]);
  }
}

/** Fewer are as fast one after the other, and easier to read. */
export const LEAST_IN_SET = 8;

/** Numbers by which the sets of one transaction are known. */
class SetNumbers {
  #last = 0;

  take(): number {
    this.#last += 1;
    return this.#last;
  }
}

function outboundRules(): Match[] {
  const accept = verdict('accept');
  return [
    [...matchMark(MARK_OWN, MARK_MASK), ...accept],
    [...matchOutputInterface('lo'), ...accept],
    [...matchNeighbourDiscovery(), ...accept],
    jump(POLICY_CHAINS.outbound),
  ];
}

/** What comes out of the TUN device may have to go into it again: on to the next tunnel. */
function passingRules(): Match[] {
  return [[...matchInputInterface('lo'), ...verdict('accept')], jump(POLICY_CHAINS.outbound)];
}

/** Packets received that no policy is asked about. */
function receivedExemptions(): Match[] {
  const accept = verdict('accept');
  return [
    [...matchInputInterface(TUN_NAME), ...accept],
    [...matchInputInterface('lo'), ...accept],
  ];
}

/** Those, and what the engine receives by itself. */
function inboundExemptions(): Match[] {
  const matches: Match[] = [
    ...[IP_PROTOCOL.esp, IP_PROTOCOL.ah, IP_PROTOCOL.ipcomp].map(matchProtocol),
    // Under IPv6 AH counts as an extension header, and what is behind it as the protocol.
    [...matchVersion(6), ...matchExtension(IP_PROTOCOL.ah)],
    [...matchVersion(6), ...matchFragmentOf(IP_PROTOCOL.ah)],
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
function departingRules(): Match[] {
  const captured = matchMark(MARK_CAPTURED, MARK_MASK);
  const blocked = discard('out-pol-block');
  return [
    [...matchMark(MARK_REFUSED, MARK_MASK), ...blocked],
    [...captured, ...matchOutputInterface(TUN_NAME), ...verdict('accept')],
    [...captured, ...blocked],
    [...matchOutputInterface(TUN_NAME), ...verdict('drop')],
  ];
}

const OUTCOMES: Readonly<Record<Outcome, () => Match>> = {
  accept: () => verdict('accept'),
  capture: () => mark(MARK_CAPTURED),
  refuse: () => mark(MARK_REFUSED),
  'in-tmpl-mismatch': () => discard('in-tmpl-mismatch'),
  'in-pol-block': () => discard('in-pol-block'),
};

function mark(value: number): Match {
  return [...setMark(value, MARK_MASK), ...verdict('accept')];
}

function discard(counter: GuardCounter): Match {
  return [...countPacket(counter), ...verdict('drop')];
}
