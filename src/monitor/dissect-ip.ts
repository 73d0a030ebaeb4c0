/**
 * Dissection of IP and of what can hold IP again: IPv4 (RFC 791), IPv6 and its extension headers
 * (RFC 8200), AH (RFC 4302), tunnels (RFC 2003, RFC 2473), and the packets that ICMP quotes.
 *
 * @module
 */
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { u8 } from '../octets/octets.ts';
import {
  AH_HEADER_LENGTH,
  AH_ICV,
  ahHeaderLength,
  ahNextHeader,
  ahReserved,
  ahSequenceNumber,
  ahSpi,
} from '../wire/ah.ts';
import {
  IPV4_DESTINATION,
  IPV4_HEADER_LENGTH,
  IPV4_SOURCE,
  ipv4DontFragment,
  ipv4FragmentOffset,
  ipv4HeaderLength,
  ipv4Identification,
  ipv4MoreFragments,
  ipv4Protocol,
  ipv4TotalLength,
  ipv4Ttl,
  ipv4TypeOfService,
} from '../wire/ipv4.ts';
import {
  IPV6_DESTINATION,
  IPV6_EXTENSION,
  IPV6_EXTENSION_UNIT,
  IPV6_FRAGMENT_LENGTH,
  IPV6_HEADER_LENGTH,
  IPV6_SOURCE,
  ipv6ExtensionLength,
  ipv6ExtensionNextHeader,
  ipv6FlowLabel,
  ipv6FragmentIdentification,
  ipv6FragmentOffset,
  ipv6HopLimit,
  ipv6MoreFragments,
  ipv6NextHeader,
  ipv6PayloadLength,
  ipv6TrafficClass,
} from '../wire/ipv6.ts';
import { packetAddressAt } from './address-table.ts';
import { dissectIcmp, dissectIcmpv6 } from './dissect-icmp.ts';
import { dissectEsp, dissectIpcomp, dissectTcp, dissectUdp } from './dissect-transport.ts';
import type { Format, Ipv6ExtensionLayer, Layer } from './layer.ts';
import { MAX_LAYERS, malformed, type Part, payloadOf, tooDeep, truncated, viewOf } from './part.ts';

/** The layers of the IPv4 packet in `part`. */
export function dissectIpv4(part: Part): Layer {
  const { octets, at } = part;
  if (part.captured < IPV4_HEADER_LENGTH) return truncated(part, 'ip');
  const version = u8(octets, at) >>> 4;
  if (version !== 4) return malformed(part, 'ip', `version ${version}`);
  const headerLength = ipv4HeaderLength(octets, at);
  if (headerLength < IPV4_HEADER_LENGTH) return malformed(part, 'ip', `bad-hlen ${headerLength}`);
  const totalLength = ipv4TotalLength(octets, at);
  if (totalLength < headerLength) return malformed(part, 'ip', `bad-len ${totalLength}`);
  if (part.captured < headerLength) return truncated(part, 'ip');
  const fragmentOffset = ipv4FragmentOffset(octets, at);
  const moreFragments = ipv4MoreFragments(octets, at);
  const protocol = ipv4Protocol(octets, at);
  const payload = payloadOf(part, headerLength, totalLength - headerLength);
  return {
    kind: 'ipv4',
    octets: part.octets,
    at: part.at,
    length: part.length,
    captured: part.captured,
    source: packetAddressAt(4, octets, at + IPV4_SOURCE),
    destination: packetAddressAt(4, octets, at + IPV4_DESTINATION),
    typeOfService: ipv4TypeOfService(octets, at),
    totalLength,
    identification: ipv4Identification(octets, at),
    dontFragment: ipv4DontFragment(octets, at),
    moreFragments,
    fragmentOffset,
    ttl: ipv4Ttl(octets, at),
    protocol,
    payload:
      fragmentOffset > 0
        ? laterFragment(payload, protocol)
        : nextLayer(payload, { protocol, version: 4, fragmented: moreFragments }),
  };
}

/** The layers of the IPv6 packet in `part`. */
export function dissectIpv6(part: Part): Layer {
  const { octets, at } = part;
  if (part.captured < IPV6_HEADER_LENGTH) return truncated(part, 'ip6');
  const version = u8(octets, at) >>> 4;
  if (version !== 6) return malformed(part, 'ip6', `version ${version}`);
  const nextHeader = ipv6NextHeader(octets, at);
  const payloadLength = ipv6PayloadLength(octets, at);
  const payload = payloadOf(part, IPV6_HEADER_LENGTH, payloadLength);
  return {
    kind: 'ipv6',
    octets: part.octets,
    at: part.at,
    length: part.length,
    captured: part.captured,
    source: packetAddressAt(6, octets, at + IPV6_SOURCE),
    destination: packetAddressAt(6, octets, at + IPV6_DESTINATION),
    trafficClass: ipv6TrafficClass(octets, at),
    flowLabel: ipv6FlowLabel(octets, at),
    payloadLength,
    hopLimit: ipv6HopLimit(octets, at),
    nextHeader,
    payload: nextLayer(payload, { protocol: nextHeader, version: 6, fragmented: false }),
  };
}

/**
 * The layers of an IP packet's payload of `protocol`: `length` octets at `at`, all of them captured.
 * `version` is of the header that it came behind.
 */
export function dissectPayload(
  octets: Uint8Array,
  at: number,
  length: number,
  protocol: number,
  version: 4 | 6,
): Layer {
  const part = { octets, at, length, captured: length, depth: 0 };
  return nextLayer(part, { protocol, version, fragmented: false });
}

/** What the headers so far say about the octets to come. */
interface Announced {
  readonly protocol: number;
  readonly version: 4 | 6;
  /** Whether only the first fragment is here. */
  readonly fragmented: boolean;
}

function nextLayer(part: Part, announced: Announced): Layer {
  if (part.depth > MAX_LAYERS) return tooDeep(part);
  switch (announced.protocol) {
    case IP_PROTOCOL.tcp:
      return dissectTcp(part);
    case IP_PROTOCOL.udp:
      return dissectUdp(part, announced.fragmented);
    case IP_PROTOCOL.esp:
      return dissectEsp(part);
    case IP_PROTOCOL.ipcomp:
      return dissectIpcomp(part);
    case IP_PROTOCOL.ah:
      return ah(part, announced);
    case IP_PROTOCOL.ipencap:
      return dissectIpv4(part);
    case IP_PROTOCOL.ipv6:
      return dissectIpv6(part);
    default:
      return announced.version === 4 ? ipv4Only(part, announced) : ipv6Only(part, announced);
  }
}

function ipv4Only(part: Part, announced: Announced): Layer {
  if (announced.protocol === IP_PROTOCOL.icmp) return dissectIcmp(part, dissectIpv4);
  return {
    kind: 'opaque',
    octets: part.octets,
    at: part.at,
    length: part.length,
    captured: part.captured,
    protocol: announced.protocol,
  };
}

function ipv6Only(part: Part, announced: Announced): Layer {
  switch (announced.protocol) {
    case IP_PROTOCOL['ipv6-icmp']:
      return dissectIcmpv6(part, dissectIpv6);
    case IPV6_EXTENSION.HOP_BY_HOP_OPTIONS:
      return extension(part, 'hop-by-hop-options', 'hbhopt', announced);
    case IPV6_EXTENSION.ROUTING:
      return extension(part, 'routing', 'rt6', announced);
    case IPV6_EXTENSION.DESTINATION_OPTIONS:
      return extension(part, 'destination-options', 'dstopt', announced);
    case IPV6_EXTENSION.FRAGMENT:
      return fragment(part, announced);
    default:
      return {
        kind: 'opaque',
        octets: part.octets,
        at: part.at,
        length: part.length,
        captured: part.captured,
        protocol: announced.protocol,
      };
  }
}

function ah(part: Part, announced: Announced): Layer {
  const { octets, at } = part;
  if (part.captured < AH_HEADER_LENGTH) return truncated(part, 'ah');
  const headerLength = ahHeaderLength(octets, at);
  if (headerLength < AH_HEADER_LENGTH) return malformed(part, 'ah', `bad-hlen ${headerLength}`);
  const protocol = ahNextHeader(octets, at);
  return {
    kind: 'ah',
    octets: part.octets,
    at: part.at,
    length: part.length,
    captured: part.captured,
    spi: ahSpi(octets, at),
    sequenceNumber: ahSequenceNumber(octets, at),
    reserved: ahReserved(octets, at),
    icv: viewOf(part, AH_ICV, headerLength - AH_HEADER_LENGTH),
    nextHeader: protocol,
    payload:
      part.captured < headerLength
        ? truncated(part, 'ah')
        : nextLayer(payloadOf(part, headerLength), { ...announced, protocol }),
  };
}

function extension(
  part: Part,
  header: Ipv6ExtensionLayer['header'],
  format: Format,
  announced: Announced,
): Layer {
  const { octets, at } = part;
  if (part.captured < IPV6_EXTENSION_UNIT) return truncated(part, format);
  const headerLength = ipv6ExtensionLength(octets, at);
  if (part.captured < headerLength) return truncated(part, format);
  const protocol = ipv6ExtensionNextHeader(octets, at);
  return {
    kind: 'ipv6-extension',
    octets: part.octets,
    at: part.at,
    length: part.length,
    captured: part.captured,
    header,
    headerLength,
    routingType: u8(octets, at + 2),
    segmentsLeft: u8(octets, at + 3),
    nextHeader: protocol,
    payload: nextLayer(payloadOf(part, headerLength), { ...announced, protocol }),
  };
}

function fragment(part: Part, announced: Announced): Layer {
  const { octets, at } = part;
  if (part.captured < IPV6_FRAGMENT_LENGTH) return truncated(part, 'frag6');
  const protocol = ipv6ExtensionNextHeader(octets, at);
  const fragmentOffset = ipv6FragmentOffset(octets, at);
  const moreFragments = ipv6MoreFragments(octets, at);
  const payload = payloadOf(part, IPV6_FRAGMENT_LENGTH);
  return {
    kind: 'ipv6-fragment',
    octets: part.octets,
    at: part.at,
    length: part.length,
    captured: part.captured,
    fragmentOffset,
    moreFragments,
    identification: ipv6FragmentIdentification(octets, at),
    nextHeader: protocol,
    payload:
      fragmentOffset > 0
        ? laterFragment(payload, protocol)
        : nextLayer(payload, { ...announced, protocol, fragmented: moreFragments }),
  };
}

function laterFragment(part: Part, protocol: number): Layer {
  return {
    kind: 'later-fragment',
    octets: part.octets,
    at: part.at,
    length: part.length,
    captured: part.captured,
    protocol,
  };
}
