/**
 * Which of our UDP ports speak IKE, and which take its place when there is a NAT.
 *
 * @module
 */
import { IKE_PORT, NAT_TRAVERSAL_PORT } from '../ipsec/exemption.ts';
import { type IpAddress, sameAddress } from '../net/ip-address.ts';
import type { Listen } from './configuration.ts';
import type { Path, UdpAddress } from './path.ts';

/** Where we speak to an IKE port from, when `address` is ours. */
export function localEnd(address: IpAddress, listen: Listen): UdpAddress {
  return { address, port: portOf(address, listen, false) ?? IKE_PORT };
}

/** `path` with the ports of NAT traversal at both ends (RFC 3947 §4). */
export function floated({ local, remote }: Path, listen: Listen): Path {
  const { address } = local;
  return {
    local: { address, port: portOf(address, listen, true) ?? NAT_TRAVERSAL_PORT },
    // A peer that has come to another port than IKE's is behind it already.
    remote: remote.port === IKE_PORT ? { ...remote, port: NAT_TRAVERSAL_PORT } : remote,
  };
}

function portOf(address: IpAddress, { addresses }: Listen, natTraversal: boolean) {
  return addresses.find(
    (each) => each.natTraversal === natTraversal && sameAddress(each.address, address),
  )?.port;
}
