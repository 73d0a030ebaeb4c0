/**
 * Policies that swallow traffic which nobody can do without.
 *
 * Policies between hosts that have SAs, or will have, protect their SSH and all else, which is what they
 * are for. What is asked here is what becomes of hosts that the file does not know, and of packets to
 * all hosts of the link: a policy for all addresses takes them in without having been meant to.
 *
 * @module
 */
import {
  ESSENTIAL_FLOWS,
  type EssentialFlow,
  type EssentialTraffic,
} from '../../../ipsec/essential-flows.ts';
import { type LockOut, lockOuts } from '../../../ipsec/lock-out.ts';
import type { Policy } from '../../../ipsec/policy.ts';
import { NO_DETAIL, type Selector } from '../../../ipsec/selector.ts';
import { parseIpAddress } from '../../../net/ip-address.ts';
import { IP_PROTOCOL } from '../../../net/ip-protocol.ts';
import { ANY_PORT, onePort } from '../../../net/port-range.ts';
import { everywhere, hostPrefix, type Prefix } from '../../../net/prefix.ts';
import { formatSpdadd } from '../../setkey/statement-text.ts';
import type { Rule } from '../rule.ts';
import type { CheckedSetkey } from './checked-setkey.ts';

export const LOCK_OUT: Rule<CheckedSetkey> = {
  code: 'lock-out',
  form: 'setkey',
  title:
    'a policy swallows SSH, IKE, Neighbour Discovery, DHCP or loopback of hosts it does not name',
  severity: 'warning',
  reason:
    'A policy for all addresses is for these, too: the next login, the packets that would negotiate an ' +
    'SA, those without which no neighbour and no address is found. Let them pass by policies before ' +
    'it, or see that they are protected.',
  *find({ sas, spd }) {
    const placed = [...spd.outbound.values(), ...spd.inbound.values()];
    const contents = {
      sas: sas.map(({ sa }) => sa),
      policies: placed.map(({ policy }) => policy),
    };
    const swallowed = new Map<Policy, LockOut[]>();
    for (const lockOut of lockOuts(contents, FLOWS)) {
      if (lockOut.fate === 'served') continue;
      const { policy } = lockOut;
      swallowed.set(policy, [...(swallowed.get(policy) ?? []), lockOut]);
    }
    for (const { policy, span } of placed) {
      const found = swallowed.get(policy);
      if (found !== undefined) yield { span, ...tell(found) };
    }
  },
};

function tell(found: readonly LockOut[]): { message: string; fix: string | null } {
  const kinds = [...new Set(found.map(({ flow }) => NAMES[flow.kind]))];
  const fate = found.some((each) => each.fate === 'discarded')
    ? 'discards them'
    : 'asks for SAs that nobody has made';
  const openings = [
    ...new Set(found.flatMap(({ fix }) => (fix === null ? [] : formatSpdadd(fix)))),
  ];
  return {
    message: `the policy is for ${kinds.join(', ')} as well, and ${fate}`,
    fix:
      openings.length === 0
        ? 'narrow its addresses or ports'
        : `narrow its addresses, or let pass what you need: ${openings.join(' ')}`,
  };
}

const NAMES: Readonly<Record<EssentialTraffic, string>> = {
  session: 'SSH from any host',
  ike: 'IKE with any host',
  loopback: 'loopback',
  'neighbour-discovery': 'Neighbour Discovery',
  dhcp: 'DHCP',
};

/** Hosts that no file names: addresses for documentation (RFC 5737, RFC 3849). */
const STRANGERS = { 4: host('203.0.113.77'), 6: host('2001:db8:ffff:ffff::77') } as const;
/** RFC 4291 §2.7.1: all nodes and routers of the link, and those that Neighbour Solicitations go to. */
const LINK_MULTICAST: Prefix = { address: host('ff02::').address, length: 16 };

const FLOWS: readonly EssentialFlow[] = [
  login(4),
  login(6),
  ...ESSENTIAL_FLOWS.flatMap((flow) => {
    // What neither backend asks policies about cannot be swallowed.
    if (flow.exemptBy.length > 1) return [];
    const selector = narrowed(flow);
    return selector === null ? [] : [{ ...flow, selector }];
  }),
];

function login(version: 4 | 6): EssentialFlow {
  const opening: Selector = {
    localAddress: everywhere(version),
    remoteAddress: everywhere(version),
    nextLayerProtocol: IP_PROTOCOL.tcp,
    localPort: onePort(22),
    remotePort: ANY_PORT,
    ...NO_DETAIL,
  };
  const selector = { ...opening, remoteAddress: STRANGERS[version] };
  return { kind: 'session', selector, opening, exemptBy: [] };
}

/** The packets of `flow` that show that a policy is for all of it; `null` where there are none. */
function narrowed({ kind, selector }: EssentialFlow): Selector | null {
  const { version } = selector.localAddress.address;
  switch (kind) {
    case 'session':
    case 'loopback':
      return selector;
    case 'ike':
      return { ...selector, remoteAddress: STRANGERS[version] };
    case 'neighbour-discovery':
      return { ...selector, remoteAddress: LINK_MULTICAST };
    case 'dhcp':
      // RFC 2131 §4.1: a client without an address; RFC 8415 §7.1: All_DHCP_Relay_Agents_and_Servers.
      if (version === 6) return { ...selector, remoteAddress: host('ff02::1:2') };
      return {
        ...selector,
        localAddress: host('0.0.0.0'),
        remoteAddress: host('255.255.255.255'),
      };
  }
}

function host(text: string): Prefix {
  const address = parseIpAddress(text);
  if (address === undefined) throw new RangeError(`"${text}" is not an address`);
  return hostPrefix(address);
}
