/**
 * What packets a rule is about, as data, and the nf_tables expressions that say so.
 *
 * @module
 */

import type { MessageSelector } from '../../ipsec/selector.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import type { PortRange } from '../../net/port-range.ts';
import { addressBits, type Prefix, prefixOctets } from '../../net/prefix.ts';
import {
  type KeyPart,
  matchExtensionHeader,
  matchInSet,
  matchNetworkHeader,
  matchOctet,
  matchPort,
  matchProtocol,
  matchTransportHeader,
  matchVersion,
  type NftExpression,
  networkKeyPart,
  transportKeyPart,
} from '../../netlink/nft-expression.ts';
import { NFT_KEY_TYPE, type NftKeyType } from '../../netlink/nft-set.ts';
import { concatenate, setU16, setU32 } from '../../octets/octets.ts';
import { IPV4_DESTINATION, IPV4_SOURCE } from '../../wire/ipv4.ts';
import { IPV6_DESTINATION, IPV6_EXTENSION, IPV6_SOURCE } from '../../wire/ipv6.ts';

/** Expressions that all have to match. */
export type Match = readonly NftExpression[];

/** Packets, by what they show. `null` asks for nothing. */
export interface PacketMatch {
  readonly source: Prefix;
  readonly destination: Prefix;
  readonly protocol: number | null;
  readonly sourcePort: PortRange | null;
  readonly destinationPort: PortRange | null;
  readonly message: MessageSelector | null;
  readonly greKey: { readonly key: number; readonly behindChecksum: boolean } | null;
  /** A fragment that is not the first of its packet: it shows neither ports nor messages nor keys. */
  readonly later: boolean;
  /** Of IPv6: a fragment of what begins with an extension header of this type. */
  readonly fragmentOf: number | null;
}

/** All packets from `source` to `destination`. */
export function packetsBetween(source: Prefix, destination: Prefix): PacketMatch {
  return {
    source,
    destination,
    protocol: null,
    sourcePort: null,
    destinationPort: null,
    message: null,
    greKey: null,
    later: false,
    fragmentOf: null,
  };
}

/** Whether only packets match that show the header behind that of IP. */
export function asksForNextHeader(match: PacketMatch): boolean {
  const { sourcePort, destinationPort, message, greKey } = match;
  const asksForMessage = message !== null && (message.type !== null || message.code !== null);
  return sourcePort !== null || destinationPort !== null || asksForMessage || greKey !== null;
}

/** The expressions that find the packets of `match` and no others. */
export function expressionsOf(match: PacketMatch): Match {
  return [
    ...matchVersion(versionOf(match)),
    ...matchAddress(sourceAt(match), match.source),
    ...matchAddress(destinationAt(match), match.destination),
    ...matchRest(match, true),
  ];
}

/**
 * The expressions that find the packets of all matches like `match` whose {@link setKey} is in set
 * `id`: those have the same {@link setShape}.
 */
export function expressionsForSet(match: PacketMatch, id: number): Match {
  return [
    ...matchVersion(versionOf(match)),
    ...matchRest(match, false),
    ...matchInSet(
      keyFields(match).map(({ part }) => part),
      id,
    ),
  ];
}

/** The types of what {@link setKey} puts together; none when there is nothing to look up. */
export function setKeyTypes(match: PacketMatch): readonly NftKeyType[] {
  return keyFields(match).map(({ type }) => type);
}

/** What tells `match` from others of its shape, as a set has it. */
export function setKey(match: PacketMatch): Uint8Array {
  return concatenate(keyFields(match).map(({ wanted }) => wanted));
}

/** A text that is the same for matches that one set can serve: they differ in their keys alone. */
export function setShape(match: PacketMatch): string {
  const { source, destination, protocol, message, greKey, later, fragmentOf } = match;
  const [sourcePort, destinationPort] = [match.sourcePort, match.destinationPort].map((range) =>
    range === null || range.first === range.last
      ? `${range !== null}`
      : `${range.first}-${range.last}`,
  );
  return [
    ...[versionOf(match), source.length, destination.length, protocol, sourcePort, destinationPort],
    ...[message?.type, message?.code, greKey?.key, greKey?.behindChecksum, later, fragmentOf],
  ].join();
}

/** One part of a key: where the packet has it, and what it is to be. */
interface KeyField {
  readonly type: NftKeyType;
  readonly part: KeyPart;
  readonly wanted: Uint8Array;
}

/** Networks and single ports; all else is compared by the rule itself. */
function keyFields(match: PacketMatch): KeyField[] {
  return [
    ...addressField(sourceAt(match), match.source),
    ...addressField(destinationAt(match), match.destination),
    ...portField(SOURCE_PORT, match.sourcePort),
    ...portField(DESTINATION_PORT, match.destinationPort),
  ];
}

function addressField(offset: number, prefix: Prefix): KeyField[] {
  if (prefix.length === 0) return [];
  const { version } = prefix.address;
  const { length } = prefix.address.octets;
  const mask = prefix.length === addressBits(version) ? null : prefixMask(prefix);
  return [
    {
      type: version === 4 ? NFT_KEY_TYPE.IPV4_ADDRESS : NFT_KEY_TYPE.IPV6_ADDRESS,
      part: networkKeyPart(offset, length, mask),
      wanted: prefixOctets(prefix),
    },
  ];
}

function portField(offset: number, range: PortRange | null): KeyField[] {
  if (range === null || range.first !== range.last) return [];
  // A part of a key takes whole words of 32 bits.
  const wanted = new Uint8Array(4);
  setU16(wanted, 0, range.first);
  return [{ type: NFT_KEY_TYPE.PORT, part: transportKeyPart(offset, 2), wanted }];
}

/** What is asked besides addresses; single ports only `withPorts`. */
function matchRest(match: PacketMatch, withPorts: boolean): Match {
  const { protocol, message, greKey, later, fragmentOf } = match;
  return [
    ...(protocol === null ? [] : matchProtocol(protocol)),
    ...(greKey === null ? [] : matchGreKey(greKey)),
    ...(message === null || protocol === null ? [] : matchMessage(protocol, message)),
    ...matchPorts(SOURCE_PORT, match.sourcePort, withPorts),
    ...matchPorts(DESTINATION_PORT, match.destinationPort, withPorts),
    ...(fragmentOf === null ? [] : matchFragmentOf(fragmentOf)),
    ...(later ? matchLaterFragment(versionOf(match)) : []),
  ];
}

function matchPorts(offset: number, range: PortRange | null, single: boolean): Match {
  if (range === null || (range.first === range.last && !single)) return [];
  return matchPort(offset, range.first, range.last);
}

function matchGreKey({ key, behindChecksum }: NonNullable<PacketMatch['greKey']>): Match {
  const flags = Uint8Array.of(behindChecksum ? 0xa0 : 0x20, 0);
  return [
    ...matchTransportHeader(0, flags, GRE_CHECKSUM_AND_KEY),
    ...matchTransportHeader(behindChecksum ? 8 : 4, networkOrder32(key)),
  ];
}

function matchMessage(protocol: number, { type, code }: MessageSelector): Match {
  const typeAt = protocol === IP_PROTOCOL['mobility-header'] ? MOBILITY_TYPE : MESSAGE_TYPE;
  return [
    ...(type === null ? [] : matchOctet(typeAt, type, type)),
    ...(code === null ? [] : matchOctet(MESSAGE_CODE, code, code)),
  ];
}

/** The fragment is not the first of its packet. It was asked before that its version is `version`. */
function matchLaterFragment(version: 4 | 6): Match {
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

function matchAddress(offset: number, prefix: Prefix): Match {
  if (prefix.length === 0) return [];
  return matchNetworkHeader(offset, prefix.address.octets, prefixMask(prefix));
}

/** Of the two addresses, which are of one version. */
export function versionOf({ source }: PacketMatch): 4 | 6 {
  return source.address.version;
}

function sourceAt(match: PacketMatch): number {
  return versionOf(match) === 4 ? IPV4_SOURCE : IPV6_SOURCE;
}

function destinationAt(match: PacketMatch): number {
  return versionOf(match) === 4 ? IPV4_DESTINATION : IPV6_DESTINATION;
}

function prefixMask({ address, length }: Prefix): Uint8Array {
  return prefixOctets({ address: { ...address, octets: address.octets.map(() => 0xff) }, length });
}

function networkOrder32(value: number): Uint8Array {
  const octets = new Uint8Array(4);
  setU32(octets, 0, value);
  return octets;
}

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;

const IPV4_FRAGMENT_OFFSET = 6;
const IPV4_OFFSET_MASK = Uint8Array.of(0x1f, 0xff);
const IPV6_FRAGMENT_OFFSET = 2;
const IPV6_OFFSET_MASK = Uint8Array.of(0xff, 0xf8);

/** The type of a mobility header is its third octet (RFC 6275 §6.1.1), those of ICMP are the first. */
const MOBILITY_TYPE = 2;
const MESSAGE_TYPE = 0;
const MESSAGE_CODE = 1;

/** C and K of RFC 2890 §2: whether a checksum stands before the key, and whether there is one. */
const GRE_CHECKSUM_AND_KEY = Uint8Array.of(0xa0, 0);
