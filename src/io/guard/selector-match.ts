/**
 * Selectors as nf_tables expressions.
 *
 * A selector for ports, messages or keys cannot tell whether a later fragment is what it is about, for
 * that shows none of them: such packets are matched apart. Of IPv6, a later fragment does not even
 * show its protocol when it begins with more extension headers.
 *
 * @module
 */
import type { Direction, Selector } from '../../ipsec/selector.ts';
import { IP_PROTOCOL, PORTED_PROTOCOLS } from '../../net/ip-protocol.ts';
import { isAnyPort, type PortRange } from '../../net/port-range.ts';
import type { Prefix } from '../../net/prefix.ts';
import {
  matchExtensionHeader,
  matchNetworkHeader,
  matchOctet,
  matchPort,
  matchProtocol,
  matchTransportHeader,
  matchVersion,
  type NftExpression,
} from '../../netlink/nft-expression.ts';
import { setU32 } from '../../octets/octets.ts';
import { IPV4_DESTINATION, IPV4_SOURCE } from '../../wire/ipv4.ts';
import { IPV6_DESTINATION, IPV6_EXTENSION, IPV6_SOURCE } from '../../wire/ipv6.ts';

/** What a packet looks like; all expressions have to match. */
export type Match = readonly NftExpression[];

/** The packets that `selector` picks: each of the matches finds some of them. */
export function matchSelector(selector: Selector, direction: Direction): Match[] {
  const addresses = matchAddresses(selector, direction);
  return matchDetails(selector, direction).map((detail) => [...addresses, ...detail]);
}

/** The packets that `selector` may be about, but which do not show it. */
export function matchHidden(selector: Selector, direction: Direction): Match[] {
  const addresses = matchAddresses(selector, direction);
  const { version } = selector.localAddress.address;
  const protocols = hasDetail(selector)
    ? protocolsOf(selector).map((protocol) => matchProtocol(protocol))
    : [];
  const chains =
    version === 6 && (hasDetail(selector) || selector.nextLayerProtocol !== 'any')
      ? HIDING_EXTENSIONS.map((type) => matchFragmentOf(type))
      : [];
  return [...protocols, ...chains].map((match) => [
    ...addresses,
    ...match,
    ...matchLaterFragment(version),
  ]);
}

/** The fragment is not the first of its packet. It was asked before that its version is `version`. */
export function matchLaterFragment(version: 4 | 6): Match {
  const none = new Uint8Array(2);
  return version === 4
    ? matchNetworkHeader(IPV4_FRAGMENT_OFFSET, none, IPV4_OFFSET_MASK, true)
    : matchExtensionHeader(
        IPV6_EXTENSION.FRAGMENT,
        IPV6_FRAGMENT_OFFSET,
        none,
        IPV6_OFFSET_MASK,
        true,
      );
}

/** The packet, of IPv6, is a fragment of something that begins with a header of `type`. */
export function matchFragmentOf(type: number): Match {
  return matchExtensionHeader(IPV6_EXTENSION.FRAGMENT, 0, Uint8Array.of(type));
}

/** The packet, of the address's version, is for that address. */
export function matchDestination(prefix: Prefix): Match {
  return matchAddress(prefix.address.version === 4 ? IPV4_DESTINATION : IPV6_DESTINATION, prefix);
}

const IPV4_FRAGMENT_OFFSET = 6;
const IPV4_OFFSET_MASK = Uint8Array.of(0x1f, 0xff);
const IPV6_FRAGMENT_OFFSET = 2;
const IPV6_OFFSET_MASK = Uint8Array.of(0xff, 0xf8);

/** A later fragment may hold the end of one of these, and then anything. */
const HIDING_EXTENSIONS = [IPV6_EXTENSION.ROUTING, IPV6_EXTENSION.DESTINATION_OPTIONS];

/** The type of a mobility header is its third octet (RFC 6275 §6.1.1), those of ICMP are the first. */
const MOBILITY_TYPE = 2;
const MESSAGE_TYPE = 0;
const MESSAGE_CODE = 1;

/** C and K of RFC 2890 §2: whether a checksum stands before the key, and whether there is one. */
const GRE_CHECKSUM_AND_KEY = Uint8Array.of(0xa0, 0);
const GRE_KEYS = [
  { flags: Uint8Array.of(0x20, 0), keyAt: 4 },
  { flags: Uint8Array.of(0xa0, 0), keyAt: 8 },
] as const;

function hasDetail({ localPort, remotePort, message, greKey }: Selector): boolean {
  return !isAnyPort(localPort) || !isAnyPort(remotePort) || message !== null || greKey !== null;
}

/** nf_tables would take the first octets of any protocol for ports. */
function protocolsOf({ nextLayerProtocol }: Selector): readonly number[] {
  return nextLayerProtocol === 'any' ? PORTED_PROTOCOLS : [nextLayerProtocol];
}

/** The alternatives that protocol, ports, message and key leave. */
function matchDetails(selector: Selector, direction: Direction): Match[] {
  const { nextLayerProtocol, message, greKey, localPort, remotePort } = selector;
  if (!hasDetail(selector)) {
    return [nextLayerProtocol === 'any' ? [] : matchProtocol(nextLayerProtocol)];
  }
  if (greKey !== null) {
    return GRE_KEYS.map(({ flags, keyAt }) => [
      ...matchProtocol(IP_PROTOCOL.gre),
      ...matchTransportHeader(0, flags, GRE_CHECKSUM_AND_KEY),
      ...matchTransportHeader(keyAt, networkOrder32(greKey)),
    ]);
  }
  const [sourcePort, destinationPort] =
    direction === 'outbound' ? [localPort, remotePort] : [remotePort, localPort];
  return protocolsOf(selector).map((protocol) => [
    ...matchProtocol(protocol),
    ...(message === null ? [] : matchMessage(protocol, message)),
    ...matchPortRange(0, sourcePort),
    ...matchPortRange(2, destinationPort),
  ]);
}

function matchMessage(protocol: number, { type, code }: NonNullable<Selector['message']>): Match {
  const typeAt = protocol === IP_PROTOCOL['mobility-header'] ? MOBILITY_TYPE : MESSAGE_TYPE;
  return [
    ...(type === null ? [] : matchOctet(typeAt, type, type)),
    ...(code === null ? [] : matchOctet(MESSAGE_CODE, code, code)),
  ];
}

function matchAddresses({ localAddress, remoteAddress }: Selector, direction: Direction): Match {
  const { version } = localAddress.address;
  const [source, destination] =
    direction === 'outbound' ? [localAddress, remoteAddress] : [remoteAddress, localAddress];
  return [
    ...matchVersion(version),
    ...matchAddress(version === 4 ? IPV4_SOURCE : IPV6_SOURCE, source),
    ...matchDestination(destination),
  ];
}

function matchAddress(offset: number, prefix: Prefix): Match {
  if (prefix.length === 0) return [];
  return matchNetworkHeader(offset, prefix.address.octets, prefixMask(prefix));
}

function prefixMask({ address, length }: Prefix): Uint8Array {
  return address.octets.map((_, at) => {
    const bits = Math.max(0, Math.min(8, length - at * 8));
    return (0xff00 >> bits) & 0xff;
  });
}

function matchPortRange(offset: number, range: PortRange): Match {
  return isAnyPort(range) ? [] : matchPort(offset, range.first, range.last);
}

function networkOrder32(value: number): Uint8Array {
  const octets = new Uint8Array(4);
  setU32(octets, 0, value);
  return octets;
}
