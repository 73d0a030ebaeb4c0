/**
 * The IP header of a packet, whichever version it has: what IPsec needs to know of it, found in one
 * walk over the extension headers of IPv6 (RFC 8200 §4).
 *
 *     IPv4   header, options │ AH or ESP goes here │ next layer ...
 *
 *     IPv6   header │ hop-by-hop, routing │ AH or ESP goes here │ destination options │ next layer
 *            ◄────────── length ─────────►
 *
 * In transport mode AH and ESP go behind the extension headers that routers on the way look at, and
 * before destination options, unless those are for the stops of a routing header (RFC 4302 §3.1.1,
 * RFC 4303 §3.1.1, as Linux does).
 *
 * @module
 */
import { setU8, u8 } from '../octets/octets.ts';
import {
  checkIpv4,
  checkIpv4Header,
  IPV4_DESTINATION,
  IPV4_SOURCE,
  ipv4FragmentOffset,
  ipv4HeaderLength,
  ipv4IsFragment,
  ipv4Protocol,
  ipv4TotalLength,
  setIpv4TotalLength,
  updateIpv4Checksum,
} from './ipv4.ts';
import {
  checkIpv6,
  checkIpv6Header,
  IPV6_DESTINATION,
  IPV6_EXTENSION,
  IPV6_EXTENSION_UNIT,
  IPV6_FRAGMENT_LENGTH,
  IPV6_HEADER_LENGTH,
  IPV6_SOURCE,
  ipv6ExtensionLength,
  ipv6FragmentOffset,
  ipv6MoreFragments,
  ipv6PayloadLength,
  setIpv6PayloadLength,
} from './ipv6.ts';

const IPV4_PROTOCOL = 9;
const IPV6_NEXT_HEADER = 6;

/** What {@link readIp} finds; one object serves for packet after packet. Places are absolute. */
export interface IpHeader {
  version: 4 | 6;
  at: number;
  /** Octets of header and payload. */
  totalLength: number;
  /** Octets before the place where AH or ESP of transport mode goes. */
  length: number;
  /** Where it is said what comes behind {@link length} octets. */
  protocolAt: number;
  /** The protocol behind all extension headers; of later fragments, what their header names. */
  nextLayerProtocol: number;
  /** Where that protocol begins, and where it is named. */
  nextLayerAt: number;
  nextLayerProtocolAt: number;
  /** A part of a packet: the first, a middle or the last. */
  isFragment: boolean;
  /** Where this part belongs in the whole, in octets. */
  fragmentOffset: number;
  sourceAt: number;
  destinationAt: number;
}

/** An {@link IpHeader} to be filled by {@link readIp}. */
export function newIpHeader(): IpHeader {
  return {
    version: 4,
    at: 0,
    totalLength: 0,
    length: 0,
    protocolAt: 0,
    nextLayerProtocol: 0,
    nextLayerAt: 0,
    nextLayerProtocolAt: 0,
    isFragment: false,
    fragmentOffset: 0,
    sourceAt: 0,
    destinationAt: 0,
  };
}

/**
 * Fills `header` from the `length` octets at `at`; `false` when they do not begin with a whole
 * packet. Octets after its total length are allowed, as link layers pad.
 */
export function readIp(header: IpHeader, octets: Uint8Array, at: number, length: number): boolean {
  const version = length > 0 ? u8(octets, at) >>> 4 : 0;
  if (version === 4) {
    if (checkIpv4(octets, at, length) !== null) return false;
    readIpv4(header, octets, at);
    return true;
  }
  if (version !== 6 || checkIpv6(octets, at, length) !== null) return false;
  readIpv6(header, octets, at);
  return walkExtensions(header, octets, at + header.totalLength);
}

/**
 * Fills `header` from the beginning of a packet, `length` octets at `at`, as ICMP errors quote it;
 * `false` when the headers do not end there. The total length is that of the packet as it was.
 */
export function readQuotedIp(
  header: IpHeader,
  octets: Uint8Array,
  at: number,
  length: number,
): boolean {
  const version = length > 0 ? u8(octets, at) >>> 4 : 0;
  if (version === 4) {
    if (checkIpv4Header(octets, at, length) !== null) return false;
    readIpv4(header, octets, at);
    return true;
  }
  if (version !== 6 || checkIpv6Header(octets, at, length) !== null) return false;
  readIpv6(header, octets, at);
  return walkExtensions(header, octets, at + Math.min(length, header.totalLength));
}

/** Has `header` say of the packet at `at` what `like` says of another with such a header. */
export function copyIpHeader(header: IpHeader, like: Readonly<IpHeader>, at: number): void {
  const distance = at - like.at;
  header.version = like.version;
  header.at = at;
  header.totalLength = like.totalLength;
  header.length = like.length;
  header.protocolAt = like.protocolAt + distance;
  header.nextLayerProtocol = like.nextLayerProtocol;
  header.nextLayerAt = like.nextLayerAt + distance;
  header.nextLayerProtocolAt = like.nextLayerProtocolAt + distance;
  header.isFragment = like.isFragment;
  header.fragmentOffset = like.fragmentOffset;
  header.sourceAt = like.sourceAt + distance;
  header.destinationAt = like.destinationAt + distance;
}

/** Has `header` say what it does of its packet after all of that was moved to `at`. */
export function relocateIpHeader(header: IpHeader, at: number): void {
  copyIpHeader(header, header, at);
}

/** Writes the octets of header and payload. */
export function setIpTotalLength(octets: Uint8Array, header: IpHeader, totalLength: number): void {
  header.totalLength = totalLength;
  if (header.version === 4) setIpv4TotalLength(octets, header.at, totalLength);
  else setIpv6PayloadLength(octets, header.at, totalLength - IPV6_HEADER_LENGTH);
}

/** Writes what comes behind {@link IpHeader.length} octets. */
export function setIpProtocol(octets: Uint8Array, header: IpHeader, protocol: number): void {
  setU8(octets, header.protocolAt, protocol);
}

/** Makes the header right after it was written to: IPv4 has a checksum, IPv6 none. */
export function finishIpHeader(octets: Uint8Array, header: IpHeader): void {
  if (header.version === 4) updateIpv4Checksum(octets, header.at);
}

function readIpv4(header: IpHeader, octets: Uint8Array, at: number): void {
  header.version = 4;
  header.at = at;
  header.totalLength = ipv4TotalLength(octets, at);
  header.length = ipv4HeaderLength(octets, at);
  header.protocolAt = at + IPV4_PROTOCOL;
  header.nextLayerProtocol = ipv4Protocol(octets, at);
  header.nextLayerAt = at + header.length;
  header.nextLayerProtocolAt = header.protocolAt;
  header.isFragment = ipv4IsFragment(octets, at);
  header.fragmentOffset = ipv4FragmentOffset(octets, at);
  header.sourceAt = at + IPV4_SOURCE;
  header.destinationAt = at + IPV4_DESTINATION;
}

/** All but what {@link walkExtensions} finds. */
function readIpv6(header: IpHeader, octets: Uint8Array, at: number): void {
  header.version = 6;
  header.at = at;
  header.totalLength = IPV6_HEADER_LENGTH + ipv6PayloadLength(octets, at);
  header.length = IPV6_HEADER_LENGTH;
  header.protocolAt = at + IPV6_NEXT_HEADER;
  header.isFragment = false;
  header.fragmentOffset = 0;
  header.sourceAt = at + IPV6_SOURCE;
  header.destinationAt = at + IPV6_DESTINATION;
}

/** Passes over the extension headers; `false` when one does not end before `end`. */
function walkExtensions(header: IpHeader, octets: Uint8Array, end: number): boolean {
  let at = header.at + IPV6_HEADER_LENGTH;
  let protocolAt = header.protocolAt;
  // Behind a fragment's header comes, in all but the first, the middle of something.
  while (header.fragmentOffset === 0) {
    const type = u8(octets, protocolAt);
    if (!isIpv6Extension(type)) break;
    if (at + IPV6_EXTENSION_UNIT > end) return false;
    const isFragment = type === IPV6_EXTENSION.FRAGMENT;
    const extensionLength = isFragment ? IPV6_FRAGMENT_LENGTH : ipv6ExtensionLength(octets, at);
    if (at + extensionLength > end) return false;
    if (isFragment) {
      header.fragmentOffset = ipv6FragmentOffset(octets, at);
      header.isFragment ||= header.fragmentOffset > 0 || ipv6MoreFragments(octets, at);
    }
    protocolAt = at;
    at += extensionLength;
    if (type === IPV6_EXTENSION.DESTINATION_OPTIONS) continue;
    header.length = at - header.at;
    header.protocolAt = protocolAt;
  }
  header.nextLayerProtocol = u8(octets, protocolAt);
  header.nextLayerAt = at;
  header.nextLayerProtocolAt = protocolAt;
  return true;
}

/** Whether `type` is an extension header that {@link readIp} passes over. */
export function isIpv6Extension(type: number): boolean {
  return EXTENSIONS.has(type);
}

const EXTENSIONS: ReadonlySet<number> = new Set([
  IPV6_EXTENSION.HOP_BY_HOP_OPTIONS,
  IPV6_EXTENSION.ROUTING,
  IPV6_EXTENSION.FRAGMENT,
  IPV6_EXTENSION.DESTINATION_OPTIONS,
]);
