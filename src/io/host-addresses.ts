/**
 * The addresses of this host, and when they come and go (rtnetlink(7)).
 *
 * @module
 */
import { formatIpAddress, type IpAddress } from '../net/ip-address.ts';
import { ADDRESS_GROUPS, dumpAddresses, parseHostAddress } from '../netlink/host-address.ts';
import { Malformed } from '../octets/malformed.ts';
import { TUN_NAME } from './guard/numbers.ts';
import { libc } from './libc.ts';
import { NETLINK, NetlinkSocket } from './netlink-socket.ts';
import { NetlinkStream } from './netlink-stream.ts';

/**
 * Those that packets may come from now, each once, IPv4 first. The one of the data plane's device is for
 * nobody. Throws a `SystemError`.
 */
export function hostAddresses(): IpAddress[] {
  const netlink = new NetlinkSocket(NETLINK.ROUTE);
  const ownDevice = libc.if_nametoindex(TUN_NAME);
  try {
    const found = new Map<string, IpAddress>();
    for (const version of [4, 6] as const) {
      for (const message of netlink.dump(
        dumpAddresses(version),
        'find the addresses of the host',
      )) {
        const told = parseHostAddress(message);
        if (told instanceof Malformed || !told?.usable || told.index === ownDevice) continue;
        found.set(formatIpAddress(told.address), told.address);
      }
    }
    return [...found.values()];
  } finally {
    netlink.close();
  }
}

/** Tells something whenever {@link hostAddresses} may have changed. Throws a `SystemError`. */
export function addressChanges(): NetlinkStream {
  const netlink = new NetlinkSocket(NETLINK.ROUTE);
  return new NetlinkStream(netlink, ADDRESS_GROUPS, 'follow the addresses of the host');
}
