/**
 * Selectors as matches of packets.
 *
 * A selector for ports, messages or keys cannot tell whether a later fragment is what it is about, for
 * that shows none of them: such packets are matched apart. Of IPv6, a later fragment does not even
 * show its protocol when it begins with more extension headers.
 *
 * @module
 */
import type { Direction, Selector } from '../../ipsec/selector.ts';
import { PORTED_PROTOCOLS } from '../../net/ip-protocol.ts';
import { isAnyPort, type PortRange } from '../../net/port-range.ts';
import { IPV6_EXTENSION } from '../../wire/ipv6.ts';
import { type PacketMatch, packetsBetween } from './packet-match.ts';

/** The packets that `selector` picks: each of the matches finds some of them. */
export function matchSelector(selector: Selector, direction: Direction): PacketMatch[] {
  const between = addressesOf(selector, direction);
  const { nextLayerProtocol, message, greKey } = selector;
  if (!hasDetail(selector)) {
    return [{ ...between, protocol: nextLayerProtocol === 'any' ? null : nextLayerProtocol }];
  }
  const [source, destination] = inOrder(direction, selector.localPort, selector.remotePort);
  const detail = {
    ...between,
    sourcePort: portsOf(source),
    destinationPort: portsOf(destination),
    message,
  };
  return protocolsOf(selector).flatMap((protocol): PacketMatch[] => {
    if (greKey === null) return [{ ...detail, protocol }];
    return [false, true].map((behindChecksum) => ({
      ...{ ...detail, protocol },
      greKey: { key: greKey, behindChecksum },
    }));
  });
}

/** The packets that `selector` may be about, but which do not show it. */
export function matchHidden(selector: Selector, direction: Direction): PacketMatch[] {
  const later: PacketMatch = { ...addressesOf(selector, direction), later: true };
  const { version } = selector.localAddress.address;
  const protocols = hasDetail(selector) ? protocolsOf(selector) : [];
  const chains =
    version === 6 && (hasDetail(selector) || selector.nextLayerProtocol !== 'any')
      ? HIDING_EXTENSIONS
      : [];
  return [
    ...protocols.map((protocol) => ({ ...later, protocol })),
    ...chains.map((fragmentOf) => ({ ...later, fragmentOf })),
  ];
}

/** A later fragment may hold the end of one of these, and then anything. */
const HIDING_EXTENSIONS = [IPV6_EXTENSION.ROUTING, IPV6_EXTENSION.DESTINATION_OPTIONS];

function hasDetail({ localPort, remotePort, message, greKey }: Selector): boolean {
  return !isAnyPort(localPort) || !isAnyPort(remotePort) || message !== null || greKey !== null;
}

/** nf_tables would take the first octets of any protocol for ports. */
function protocolsOf({ nextLayerProtocol }: Selector): readonly number[] {
  return nextLayerProtocol === 'any' ? PORTED_PROTOCOLS : [nextLayerProtocol];
}

function addressesOf({ localAddress, remoteAddress }: Selector, direction: Direction): PacketMatch {
  return packetsBetween(...inOrder(direction, localAddress, remoteAddress));
}

/** Source and destination: what this host sends comes from the local side. */
function inOrder<T>(direction: Direction, local: T, remote: T): [T, T] {
  return direction === 'outbound' ? [local, remote] : [remote, local];
}

function portsOf(range: PortRange): PortRange | null {
  return isAnyPort(range) ? null : range;
}
