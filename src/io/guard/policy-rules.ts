/**
 * What the guard does with which packets: rules made of policies, and of what carries protected packets.
 *
 * A policy for certain ports, messages or keys also drops the later fragments of its protocol, which show none:
 * none may slip past it (RFC 4301 §7).
 *
 * @module
 */
import type { Policy } from '../../ipsec/policy.ts';
import type { Carriers } from '../../ipsec/sa-parameters.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import { onePort } from '../../net/port-range.ts';
import { everywhere, hostPrefix } from '../../net/prefix.ts';
import { type PacketMatch, packetsBetween } from './packet-match.ts';
import type { Rule } from './rule-groups.ts';
import { matchHidden, matchSelector } from './selector-match.ts';

/** What becomes of a packet that a policy is about. */
export type Outcome = 'accept' | 'capture' | 'refuse' | 'in-tmpl-mismatch' | 'in-pol-block';

/** Rules that end in an {@link Outcome} each, in order of precedence. */
export function* policyRules(policies: readonly Policy[]): Generator<Rule<Outcome>> {
  for (const policy of policies) {
    const { direction, selector, action } = policy;
    const outcome = outcomeOf(policy);
    for (const match of matchSelector(selector, direction)) yield { match, outcome };
    if (action.kind === 'bypass') continue;
    const blocked = direction === 'outbound' ? 'refuse' : 'in-tmpl-mismatch';
    for (const match of matchHidden(selector, direction)) yield { match, outcome: blocked };
  }
}

function outcomeOf({ action, direction }: Policy): Outcome {
  switch (action.kind) {
    case 'bypass':
      return 'accept';
    case 'discard':
      return direction === 'outbound' ? 'refuse' : 'in-pol-block';
    case 'protect': {
      if (direction === 'outbound') return 'capture';
      // In the clear only where every layer is optional (level `use`).
      const optional = action.templates.every((template) => template.level === 'use');
      return optional ? 'accept' : 'in-tmpl-mismatch';
    }
  }
}

/** What carries protected packets beside AH, ESP and IPComp: UDP, and IP in IP. */
export function* carrierRules({ udpEnds, compressedTunnels }: Carriers): Generator<Rule<Outcome>> {
  for (const { address, port } of udpEnds) {
    const toAddress: PacketMatch = {
      ...packetsBetween(everywhere(address.version), hostPrefix(address)),
      protocol: IP_PROTOCOL.udp,
    };
    yield { match: { ...toAddress, destinationPort: onePort(port) }, outcome: 'accept' };
    // Fragments of IPv6 come one by one; of those of IPv4, put together already, there are none.
    if (address.version === 6) yield { match: { ...toAddress, later: true }, outcome: 'accept' };
  }
  // What did not get shorter between the ends of an IPComp tunnel (RFC 3173 §2.2).
  for (const { source, destination } of compressedTunnels) {
    const between = packetsBetween(hostPrefix(source), hostPrefix(destination));
    for (const protocol of [IP_PROTOCOL.ipencap, IP_PROTOCOL.ipv6]) {
      yield { match: { ...between, protocol }, outcome: 'accept' };
    }
  }
}
