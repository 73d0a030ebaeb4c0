/**
 * How large a packet to a destination may be: the MTU of the route, or of the interface it leaves
 * by, as configured. What the kernel has learned about the destination is left aside, for that is
 * about the packets in the clear that the host sends there.
 *
 * @module
 */
import { formatIpAddress, type IpAddress, ipAddressAt } from '../net/ip-address.ts';
import { getLink, parseLinkMtu } from '../netlink/link.ts';
import { getRoute, parseRoute } from '../netlink/route.ts';
import { Malformed } from '../octets/malformed.ts';
import { u32 } from '../octets/octets.ts';
import { MARK_OWN } from './guard/numbers.ts';
import { SystemError } from './libc.ts';
import { NETLINK, NetlinkSocket } from './netlink-socket.ts';

/** No route, no bound: sending will fail by itself. */
const UNBOUNDED = 0xffff;
/** How long an answer is trusted. */
const AGE_MS = 5000;
/** A bound on remembered destinations, against memory growing with the policies' breadth. */
const MOST_PATHS = 10_000;

export class PathMtus {
  readonly #netlink = new NetlinkSocket(NETLINK.ROUTE);
  readonly #known = new Map<number, { readonly mtu: number; readonly until: number }>();

  /** The MTU, in octets, towards the IPv4 address at `destinationAt`. */
  towards(octets: Uint8Array, destinationAt: number): number {
    const key = u32(octets, destinationAt);
    const known = this.#known.get(key);
    const now = performance.now();
    if (known !== undefined && now < known.until) return known.mtu;
    const mtu = this.#ask(ipAddressAt(4, octets, destinationAt));
    if (this.#known.size >= MOST_PATHS) this.#known.clear();
    this.#known.set(key, { mtu, until: now + AGE_MS });
    return mtu;
  }

  close(): void {
    this.#netlink.close();
  }

  #ask(destination: IpAddress): number {
    const doing = `find the route to ${formatIpAddress(destination)}`;
    try {
      const route = parseRoute(this.#netlink.query(getRoute(destination, MARK_OWN), doing));
      if (route instanceof Malformed || route.index === null) return UNBOUNDED;
      if (route.mtu !== null) return Math.min(route.mtu, UNBOUNDED);
      const mtu = parseLinkMtu(this.#netlink.query(getLink(route.index), doing));
      return mtu instanceof Malformed ? UNBOUNDED : Math.min(mtu, UNBOUNDED);
    } catch (error) {
      if (error instanceof SystemError) return UNBOUNDED;
      throw error;
    }
  }
}
