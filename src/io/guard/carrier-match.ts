/**
 * What carries protected packets beside AH, ESP and IPComp, as nf_tables sees it: UDP, and IP in IP.
 *
 * @module
 */
import type { Carriers, UdpEnd } from '../../ipsec/sa-parameters.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import { hostPrefix } from '../../net/prefix.ts';
import { concatenate } from '../../netlink/attribute.ts';
import { matchPort, matchProtocol, matchVersion } from '../../netlink/nft-expression.ts';
import { toHex } from '../../octets/hex.ts';
import { type Match, matchDestination, matchLaterFragment } from './selector-match.ts';

const UDP_DESTINATION_PORT = 2;

/**
 * The datagrams to that port. Fragments of IPv6 come one by one; of those of IPv4, put together
 * already, there are none.
 */
export function matchUdpEnd({ address, port }: UdpEnd): Match[] {
  const { version } = address;
  const toAddress: Match = [
    ...matchVersion(version),
    ...matchDestination(hostPrefix(address)),
    ...matchProtocol(IP_PROTOCOL.udp),
  ];
  const toPort = [...toAddress, ...matchPort(UDP_DESTINATION_PORT, port, port)];
  return version === 4 ? [toPort] : [toPort, [...toAddress, ...matchLaterFragment(6)]];
}

/** The ends of tunnels over one IP version: source and destination, one after the other. */
export interface TunnelPairs {
  readonly version: 4 | 6;
  readonly pairs: readonly Uint8Array[];
}

/** Between whom IP in IP goes that did not get shorter, each pair once. */
export function tunnelPairs({ compressedTunnels }: Carriers): TunnelPairs[] {
  return ([4, 6] as const).flatMap((version) => {
    const pairs = compressedTunnels
      .filter(({ source }) => source.version === version)
      .map(({ source, destination }) => concatenate([source.octets, destination.octets]));
    const different = new Map(pairs.map((pair) => [toHex(pair), pair]));
    return pairs.length === 0 ? [] : [{ version, pairs: [...different.values()] }];
  });
}
