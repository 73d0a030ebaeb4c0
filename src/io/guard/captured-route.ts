/**
 * The way of captured packets to the TUN device, by policy routing.
 *
 *   rule      mark CAPTURED ──► routing table 4301
 *   table     default through ipseal0
 *             else refused, so that the sender learns of it when the device is gone
 *
 * What leaves by another way all the same, the guard's rules drop (`ruleset.ts`).
 *
 * @module
 */
import {
  type DefaultRoute,
  deleteDefaultRoute,
  deleteMarkRule,
  type MarkRule,
  newDefaultRoute,
  newMarkRule,
} from '../../netlink/route.ts';
import { tolerate } from '../libc.ts';
import { NETLINK, NetlinkSocket } from '../netlink-socket.ts';
import { MARK_CAPTURED, MARK_MASK, ROUTING_TABLE, RULE_PRIORITY } from './numbers.ts';

const RULE: MarkRule = {
  priority: RULE_PRIORITY,
  mark: MARK_CAPTURED,
  mask: MARK_MASK,
  table: ROUTING_TABLE,
};
const REFUSAL: DefaultRoute = { table: ROUTING_TABLE, metric: 4301, index: null };

/** How kernels without IPv6, and those where it is switched off, refuse what is for it. */
const NO_IPV6 = ['EAFNOSUPPORT', 'EOPNOTSUPP', 'EACCES', 'ENODEV'];

/**
 * Leads captured packets to the interface with index `tunIndex`, and nowhere when that is gone; whether anything
 * for that was missing. Throws a `SystemError`.
 */
export function leadCaptured(tunIndex: number): boolean {
  const route = new NetlinkSocket(NETLINK.ROUTE);
  try {
    let wasMissing = lead(route, 4, tunIndex);
    tolerate(NO_IPV6, () => {
      wasMissing = lead(route, 6, tunIndex) || wasMissing;
    });
    return wasMissing;
  } finally {
    route.close();
  }
}

/**
 * Those of one IP version. The rule comes first: a kernel that has none has no other routing tables either, and
 * would take the routes for its only one.
 */
function lead(route: NetlinkSocket, version: 4 | 6, tunIndex: number): boolean {
  const toTun: DefaultRoute = { table: ROUTING_TABLE, metric: 1, index: tunIndex };
  const were = [
    tolerate(['EEXIST'], () => route.request(newMarkRule(version, RULE), 'add the routing rule')),
    tolerate(['EEXIST'], () =>
      route.request(newDefaultRoute(version, REFUSAL), 'add the refusing route'),
    ),
    // Of a device that somebody set down there is no route until it is up again.
    tolerate(['EEXIST', 'ENETDOWN'], () =>
      route.request(newDefaultRoute(version, toTun), 'add the route to the TUN device'),
    ),
  ];
  return were.includes(true);
}

/** Takes away rule and refusal; what is not there is not missed. The route to the device goes with that. */
export function removeLead(): void {
  const route = new NetlinkSocket(NETLINK.ROUTE);
  try {
    for (const version of [4, 6] as const) {
      tolerate([...NO_IPV6, 'ENOENT'], () =>
        route.request(deleteMarkRule(version, RULE), 'remove the routing rule'),
      );
      tolerate([...NO_IPV6, 'ESRCH'], () =>
        route.request(deleteDefaultRoute(version, REFUSAL), 'remove the route'),
      );
    }
  } finally {
    route.close();
  }
}
