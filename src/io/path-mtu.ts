/**
 * How large a packet to a destination may be: the MTU of the route, or of the interface it leaves
 * by, as configured. What the kernel has learned about the destination is left aside, for that is
 * about the packets in the clear that the host sends there.
 *
 * @module
 */
import type { Instant } from '../ipsec/backend.ts';
import {
  addressKey,
  addressStandsAt,
  formatIpAddress,
  type IpAddress,
  ipAddressAt,
} from '../net/ip-address.ts';
import { getLink, parseLinkMtu } from '../netlink/link.ts';
import { getRoute, parseRoute } from '../netlink/route.ts';
import { Malformed } from '../octets/malformed.ts';
import { MARK_OWN } from './guard/numbers.ts';
import { SystemError } from './libc.ts';
import { NETLINK, NetlinkSocket } from './netlink-socket.ts';

/** No route, no bound: sending will fail by itself. */
const UNBOUNDED = 0xffff;
/** How long an answer is trusted. */
const AGE_MS = 5000;
/** A bound on remembered destinations, against memory growing with the policies' breadth. */
const MOST_PATHS = 10_000;

interface Path {
  readonly destination: IpAddress;
  readonly mtu: number;
  readonly askedAt: Instant;
}

export class PathMtus {
  readonly #netlink = new NetlinkSocket(NETLINK.ROUTE);
  /** By a number that several destinations may share: the last one stays. */
  readonly #known = new Map<number, Path>();

  /** The MTU, in octets, towards the address of `version` at `destinationAt`. */
  towards(version: 4 | 6, octets: Uint8Array, destinationAt: number, now: Instant): number {
    const key = addressKey(version, octets, destinationAt);
    const known = this.#known.get(key);
    if (
      known !== undefined &&
      // Clocks may be set back.
      now >= known.askedAt &&
      now < known.askedAt + AGE_MS &&
      known.destination.version === version &&
      addressStandsAt(known.destination, octets, destinationAt)
    ) {
      return known.mtu;
    }
    const destination = ipAddressAt(version, octets, destinationAt);
    const mtu = this.#ask(destination);
    if (this.#known.size >= MOST_PATHS) this.#known.clear();
    this.#known.set(key, { destination, mtu, askedAt: now });
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
