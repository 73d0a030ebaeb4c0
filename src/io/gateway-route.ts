/**
 * Routes of the main table, and what the kernel would choose by them.
 *
 * @module
 */
import os from 'node:os';
import { formatIpAddress, type IpAddress } from '../net/ip-address.ts';
import { formatPrefix } from '../net/prefix.ts';
import {
  deleteGatewayRoute,
  type GatewayRoute,
  getRouteSource,
  newGatewayRoute,
  parseRouteSource,
} from '../netlink/route.ts';
import { Malformed } from '../octets/malformed.ts';
import { SystemError } from './libc.ts';
import { NETLINK, NetlinkSocket } from './netlink-socket.ts';

const { EEXIST, ENOENT, ESRCH } = os.constants.errno;

/** The address that this host gives packets to `destination`. Throws a `SystemError`: no route. */
export function sourceTowards(destination: IpAddress): IpAddress | null {
  return withSocket((socket) => {
    const doing = `find the route to ${formatIpAddress(destination)}`;
    const source = parseRouteSource(socket.query(getRouteSource(destination), doing));
    return source instanceof Malformed ? null : source;
  });
}

/** Adds `route`, unless it is there. Throws a `SystemError`; EEXIST when there is another. */
export function addGatewayRoute(route: GatewayRoute): void {
  withSocket((socket) => {
    const doing = `add the route to ${formatPrefix(route.destination)}`;
    const verdict = socket.ask(newGatewayRoute(route), doing);
    if (verdict.errno === 0) return;
    if (verdict.errno !== EEXIST) throw new SystemError(doing, verdict.errno, verdict.text);
    if (socket.ask(deleteGatewayRoute(route), doing).errno !== 0) {
      throw new SystemError(doing, EEXIST, 'there is another route to it');
    }
    socket.request(newGatewayRoute(route), doing);
  });
}

/** Removes `route`, and none that differs; whether it was there. Throws a `SystemError`. */
export function removeGatewayRoute(route: GatewayRoute): boolean {
  return withSocket((socket) => {
    const doing = `remove the route to ${formatPrefix(route.destination)}`;
    const verdict = socket.ask(deleteGatewayRoute(route), doing);
    if (verdict.errno === ESRCH || verdict.errno === ENOENT) return false;
    if (verdict.errno !== 0) throw new SystemError(doing, verdict.errno, verdict.text);
    return true;
  });
}

function withSocket<T>(use: (socket: NetlinkSocket) => T): T {
  const socket = new NetlinkSocket(NETLINK.ROUTE);
  try {
    return use(socket);
  } finally {
    socket.close();
  }
}
