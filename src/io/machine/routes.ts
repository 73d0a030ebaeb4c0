/**
 * Where packets to an address leave, and how large they may be.
 *
 * @module
 */
import { formatIpAddress, type IpAddress } from '../../net/ip-address.ts';
import { getLink, parseLinkMtu } from '../../netlink/link.ts';
import { getRoute, parseRoute } from '../../netlink/route.ts';
import { Malformed } from '../../octets/malformed.ts';
import { MARK_OWN } from '../guard/numbers.ts';
import { SystemError } from '../libc.ts';
import { NETLINK, NetlinkSocket } from '../netlink-socket.ts';
import { interfaceName } from '../network-interfaces.ts';

export interface Way {
  /** An address, as text. */
  readonly to: string;
  readonly device: string;
  /** In octets. */
  readonly mtu: number;
}

/** The ways to `destinations`; those without a route are left out. Throws a `SystemError`. */
export function waysTo(destinations: readonly IpAddress[]): Way[] {
  const netlink = new NetlinkSocket(NETLINK.ROUTE);
  try {
    return destinations.flatMap((destination) => wayTo(netlink, destination) ?? []);
  } finally {
    netlink.close();
  }
}

function wayTo(netlink: NetlinkSocket, destination: IpAddress): Way | null {
  const to = formatIpAddress(destination);
  const doing = `find the route to ${to}`;
  try {
    // As packets go that are protected already.
    const route = parseRoute(netlink.query(getRoute(destination, MARK_OWN), doing));
    if (route instanceof Malformed || route.index === null) return null;
    const device = interfaceName(route.index);
    const mtu = route.mtu ?? parseLinkMtu(netlink.query(getLink(route.index), doing));
    return device === null || mtu instanceof Malformed ? null : { to, device, mtu };
  } catch (error) {
    if (error instanceof SystemError) return null;
    throw error;
  }
}
