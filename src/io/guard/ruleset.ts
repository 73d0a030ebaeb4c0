/**
 * Policies as nf_tables rules.
 *
 *   locally sent ──► outbound ──┬─ bypass, or no policy ──► as ever
 *                               ├─ protect ──► marked, routed again, into the TUN device
 *                               └─ discard ──► counted, dropped
 *
 *   received for us ─► inbound ─┬─ from the TUN device, or AH or ESP ──► accepted
 *   received for others ► forward├─ bypass, or no policy ──► as ever
 *                               └─ protect, discard ──► counted, dropped (RFC 4301 §5.2)
 *
 * Rules stand in the order of the SPD and the first that matches decides, as in the SPD; of many
 * policies between single hosts one rule does the work (`ipsec/host-pairs.ts`). A policy
 * for certain ports also drops the later fragments of its protocol, which show no ports: none may
 * slip past it (RFC 4301 §7).
 *
 * @module
 */

import { runsOf } from '../../ipsec/host-pairs.ts';
import type { Policy } from '../../ipsec/policy.ts';
import type { Direction, Selector } from '../../ipsec/selector.ts';
import { IP_PROTOCOL, PORTED_PROTOCOLS } from '../../net/ip-protocol.ts';
import { ANY_PORT, isAnyPort, type PortRange } from '../../net/port-range.ts';
import type { Prefix } from '../../net/prefix.ts';
import { concatenate } from '../../netlink/attribute.ts';
import {
  countPacket,
  matchAddressPair,
  matchInputInterface,
  matchMark,
  matchNetworkHeader,
  matchOutputInterface,
  matchPort,
  matchProtocol,
  matchVersion,
  type NftExpression,
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
  newRule,
  newTable,
} from '../../netlink/nftables.ts';
import type { NetlinkRequest } from '../../netlink/nlmsg.ts';
import { toHex } from '../../octets/hex.ts';
import { GUARD_TABLE, MARK_CAPTURED, MARK_MASK, MARK_OWN, TUN_NAME } from './numbers.ts';

/** Before connection tracking and before the filters of others. */
const RAW_PRIORITY = -300;
/** Where `route` chains belong. */
const MANGLE_PRIORITY = -150;

const CHAINS: Readonly<Record<Direction, BaseChain>> = {
  outbound: {
    name: 'outbound',
    type: 'route',
    hook: NF_INET_HOOK.LOCAL_OUT,
    priority: MANGLE_PRIORITY,
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
};

/** Counters of discarded packets, under the names of `/proc/net/xfrm_stat`. */
export const GUARD_COUNTERS = ['in-tmpl-mismatch', 'in-pol-block', 'out-pol-block'] as const;
type GuardCounter = (typeof GUARD_COUNTERS)[number];

type Rule = readonly NftExpression[];

/** The requests that put rules for `policies`, in order of precedence, in place of all others. */
export function rulesetFor(policies: readonly Policy[]): NetlinkRequest[] {
  const requests = [
    newTable(GUARD_TABLE),
    ...GUARD_COUNTERS.map((counter) => newCounter(GUARD_TABLE, counter)),
  ];
  let nextSet = 1;
  for (const direction of ['outbound', 'inbound', 'forward'] as const) {
    const chain = CHAINS[direction];
    const add = (rule: Rule) => requests.push(newRule(GUARD_TABLE, chain.name, rule));
    requests.push(newChain(GUARD_TABLE, chain), flushChain(GUARD_TABLE, chain.name));
    for (const rule of exemptions(direction)) add(rule);
    const ordered = policies.filter((policy) => policy.direction === direction);
    for (const { pairs, items } of runsOf(ordered, ({ selector }) => selector)) {
      if (!pairs) {
        for (const rule of items.flatMap(policyRules)) add(rule);
        continue;
      }
      for (const { version, outcome, policies: alike } of alikeOf(items)) {
        const set = nextSet++;
        requests.push(...newAddressPairSet(GUARD_TABLE, set, version, alike.map(pairKey)));
        add([...matchVersion(version), ...matchAddressPair(version, set), ...outcome]);
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

/** Packets that no policy is asked about. */
function exemptions(direction: Direction): Rule[] {
  const accept = verdict('accept');
  if (direction === 'outbound') {
    return [
      [...matchMark(MARK_OWN, MARK_MASK), ...accept],
      [...matchOutputInterface('lo'), ...accept],
    ];
  }
  const ours = direction === 'inbound' ? [IP_PROTOCOL.esp, IP_PROTOCOL.ah] : [];
  return [
    [...matchInputInterface(TUN_NAME), ...accept],
    [...matchInputInterface('lo'), ...accept],
    ...ours.map((protocol) => [...matchProtocol(protocol), ...accept]),
  ];
}

function policyRules(policy: Policy): Rule[] {
  const { direction, selector } = policy;
  const outcome = outcomeOf(policy);
  if (isAnyPort(selector.localPort) && isAnyPort(selector.remotePort)) {
    return [[...selectorExpressions(selector, direction), ...outcome]];
  }
  const blocked = discard(direction === 'outbound' ? 'out-pol-block' : 'in-tmpl-mismatch');
  return protocolsWithPorts(selector).flatMap((nextLayerProtocol) => {
    const shown = { ...selector, nextLayerProtocol };
    const hidden = { ...shown, localPort: ANY_PORT, remotePort: ANY_PORT };
    const rules: Rule[] = [[...selectorExpressions(shown, direction), ...outcome]];
    if (policy.action.kind !== 'bypass') {
      rules.push([
        ...selectorExpressions(hidden, direction),
        ...matchLaterFragment(selector.localAddress.address.version),
        ...blocked,
      ]);
    }
    return rules;
  });
}

/** nf_tables would take the first octets of any protocol for ports. */
function protocolsWithPorts({ nextLayerProtocol }: Selector): readonly number[] {
  return nextLayerProtocol === 'any' ? PORTED_PROTOCOLS : [nextLayerProtocol];
}

function outcomeOf({ action, direction }: Policy): Rule {
  switch (action.kind) {
    case 'bypass':
      return verdict('accept');
    case 'discard':
      return discard(direction === 'outbound' ? 'out-pol-block' : 'in-pol-block');
    case 'protect': {
      if (direction === 'outbound') {
        return [...setMark(MARK_CAPTURED, MARK_MASK), ...verdict('accept')];
      }
      // In the clear only where every layer is optional (level `use`).
      const optional = action.templates.every((template) => template.level === 'use');
      return optional ? verdict('accept') : discard('in-tmpl-mismatch');
    }
  }
}

function discard(counter: GuardCounter): Rule {
  return [...countPacket(counter), ...verdict('drop')];
}

const IPV4_FRAGMENT_OFFSET = 6;
const FRAGMENT_OFFSET_MASK = Uint8Array.of(0x1f, 0xff);

/** IPv6 tells fragments by an extension header, which leaves nothing to match at a fixed place. */
function matchLaterFragment(version: 4 | 6): Rule {
  if (version === 6) throw new Error('Bug: a policy for IPv6 reached the guard');
  return matchNetworkHeader(IPV4_FRAGMENT_OFFSET, new Uint8Array(2), FRAGMENT_OFFSET_MASK, true);
}

function selectorExpressions(selector: Selector, direction: Direction): Rule {
  const { localAddress, remoteAddress, localPort, remotePort, nextLayerProtocol } = selector;
  const { version } = localAddress.address;
  const [source, destination] =
    direction === 'outbound' ? [localAddress, remoteAddress] : [remoteAddress, localAddress];
  const [sourcePort, destinationPort] =
    direction === 'outbound' ? [localPort, remotePort] : [remotePort, localPort];
  return [
    ...matchVersion(version),
    ...matchAddress(version === 4 ? 12 : 8, source),
    ...matchAddress(version === 4 ? 16 : 24, destination),
    ...(nextLayerProtocol === 'any' ? [] : matchProtocol(nextLayerProtocol)),
    ...matchPortRange(0, sourcePort),
    ...matchPortRange(2, destinationPort),
  ];
}

function matchAddress(offset: number, prefix: Prefix): Rule {
  if (prefix.length === 0) return [];
  return matchNetworkHeader(offset, prefix.address.octets, prefixMask(prefix));
}

function prefixMask({ address, length }: Prefix): Uint8Array {
  return address.octets.map((_, at) => {
    const bits = Math.max(0, Math.min(8, length - at * 8));
    return (0xff00 >> bits) & 0xff;
  });
}

function matchPortRange(offset: number, range: PortRange): Rule {
  return isAnyPort(range) ? [] : matchPort(offset, range.first, range.last);
}
