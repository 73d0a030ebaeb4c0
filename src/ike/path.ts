/**
 * Where IKE's messages come from and go to.
 *
 * @module
 */
import { formatIpAddress, type IpAddress, sameAddress } from '../net/ip-address.ts';

/** A UDP port of an address. */
export interface UdpAddress {
  readonly address: IpAddress;
  readonly port: number;
}

/** The two ends of the datagrams that we exchange with a peer, as we see them. */
export interface Path {
  readonly local: UdpAddress;
  readonly remote: UdpAddress;
}

/** The addresses that both peers speak IKE from, as we see them. */
export interface Ends {
  readonly local: IpAddress;
  readonly remote: IpAddress;
}

/** The addresses of `path`, whatever the ports. */
export function endsOf({ local, remote }: Path): Ends {
  return { local: local.address, remote: remote.address };
}

/** Whether both addresses are the same. */
export function sameEnds(a: Ends, b: Ends): boolean {
  return sameAddress(a.local, b.local) && sameAddress(a.remote, b.remote);
}

/** Whether `a` and `b` are the same port of the same address. */
export function sameUdpAddress(a: UdpAddress, b: UdpAddress): boolean {
  return a.port === b.port && sameAddress(a.address, b.address);
}

/** Whether both ends are the same. */
export function samePath(a: Path, b: Path): boolean {
  return sameUdpAddress(a.local, b.local) && sameUdpAddress(a.remote, b.remote);
}

/** `10.9.0.1[500]`, as racoon writes it. */
export function formatUdpAddress({ address, port }: UdpAddress): string {
  return `${formatIpAddress(address)}[${port}]`;
}
