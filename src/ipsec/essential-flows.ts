/**
 * Traffic without which a host cannot be reached, or cannot set up its protection: what policies
 * hardly ever mean to stop, and those for all addresses do.
 *
 * Linux asks policies about all of it but IPv4 to itself: `lo` has `disable_xfrm` and `disable_policy`
 * set, which IPv6 does not look at, and Neighbour Discovery goes through the SPD like anything else.
 * `ipseald` looks at no packet on `lo`, and at no Neighbour Discovery.
 *
 * @module
 */

import { type IpAddress, parseIpAddress } from '../net/ip-address.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { ANY_PORT, onePort } from '../net/port-range.ts';
import { everywhere, hostPrefix, type Prefix } from '../net/prefix.ts';
import type { Capabilities } from './backend.ts';
import { NO_DETAIL, type Selector } from './selector.ts';

export type EssentialTraffic = 'session' | 'ike' | 'loopback' | 'neighbour-discovery' | 'dhcp';

/** Packets of one kind, in both directions. */
export interface EssentialFlow {
  readonly kind: EssentialTraffic;
  /** The packets, as seen from this host. */
  readonly selector: Selector;
  /** What to let pass so that these do: more where the next of the kind will look different. */
  readonly opening: Selector;
  /** Backends that let it pass whatever policies say. */
  readonly exemptBy: readonly Capabilities['backend'][];
}

/** One end of a connection. */
export interface Endpoint {
  readonly address: IpAddress;
  readonly port: number;
}

/**
 * The TCP connection by which somebody controls this host, which is its server: `local` is where SSH
 * listens. The next connection will come from another port.
 */
export function sessionFlow(local: Endpoint, remote: Endpoint): EssentialFlow {
  const opening: Selector = {
    localAddress: hostPrefix(local.address),
    remoteAddress: hostPrefix(remote.address),
    nextLayerProtocol: IP_PROTOCOL.tcp,
    localPort: onePort(local.port),
    remotePort: ANY_PORT,
    ...NO_DETAIL,
  };
  const selector = { ...opening, remotePort: onePort(remote.port) };
  return { kind: 'session', selector, opening, exemptBy: [] };
}

/** What every host may need; who controls it from where is {@link sessionFlow}. */
export const ESSENTIAL_FLOWS: readonly EssentialFlow[] = [
  // RFC 7296 §2, RFC 3948 §4. A daemon that exempts its own sockets needs no more.
  datagrams('ike', 4, 500, 500),
  datagrams('ike', 4, 4500, 4500),
  datagrams('ike', 6, 500, 500),
  datagrams('ike', 6, 4500, 4500),
  flow('loopback', within({ address: known('127.0.0.0'), length: 8 }), ['kernel', 'userspace']),
  flow('loopback', within(hostPrefix(known('::1'))), ['userspace']),
  // Router and Neighbour Solicitation and Advertisement, Redirect (RFC 4861 §4).
  ...[133, 134, 135, 136, 137].map(neighbourDiscovery),
  // A client's and a server's (RFC 2131 §4.1, RFC 8415 §7.2).
  datagrams('dhcp', 4, 68, 67),
  datagrams('dhcp', 4, 67, 68),
  datagrams('dhcp', 6, 546, 547),
  datagrams('dhcp', 6, 547, 546),
];

function datagrams(
  kind: EssentialTraffic,
  version: 4 | 6,
  localPort: number,
  remotePort: number,
): EssentialFlow {
  const selector: Selector = {
    ...within(everywhere(version)),
    nextLayerProtocol: IP_PROTOCOL.udp,
    localPort: onePort(localPort),
    remotePort: onePort(remotePort),
  };
  return flow(kind, selector, []);
}

function neighbourDiscovery(type: number): EssentialFlow {
  const selector: Selector = {
    ...within(everywhere(6)),
    nextLayerProtocol: IP_PROTOCOL['ipv6-icmp'],
    message: { type, code: null },
  };
  return flow('neighbour-discovery', selector, ['userspace']);
}

function flow(
  kind: EssentialTraffic,
  selector: Selector,
  exemptBy: EssentialFlow['exemptBy'],
): EssentialFlow {
  return { kind, selector, opening: selector, exemptBy };
}

/** All packets from `prefix` to `prefix`. */
function within(prefix: Prefix): Selector {
  return {
    localAddress: prefix,
    remoteAddress: prefix,
    nextLayerProtocol: 'any',
    localPort: ANY_PORT,
    remotePort: ANY_PORT,
    ...NO_DETAIL,
  };
}

function known(text: string): IpAddress {
  const address = parseIpAddress(text);
  if (address === undefined) throw new RangeError(`"${text}" is not an address`);
  return address;
}
