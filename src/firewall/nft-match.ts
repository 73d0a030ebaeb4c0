/**
 * Packets of one kind as nftables matches them.
 *
 * @module
 */
import { formatIpAddress } from '../net/ip-address.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { isAnyPort, type PortRange } from '../net/port-range.ts';
import { isHostPrefix, type Prefix, prefixOctets } from '../net/prefix.ts';
import { field, is, type Json, meta, type NftStatement } from './nft-json.ts';
import type { PacketShape } from './packet-shape.ts';

/** Matches that pick the packets of `shape`. */
export function nftMatches({
  source,
  destination,
  protocol,
  ...detail
}: PacketShape): NftStatement[] {
  const { version } = source.address;
  const ip = version === 4 ? 'ip' : 'ip6';
  const matches: NftStatement[] = [];
  if (source.length > 0) matches.push(is(field(ip, 'saddr'), prefixJson(source)));
  if (destination.length > 0) matches.push(is(field(ip, 'daddr'), prefixJson(destination)));
  if (matches.length === 0) matches.push(is(meta('nfproto'), `ipv${version}`));
  if (protocol === 'any') return matches;
  const name = NFT_NAMES.get(protocol);
  const details = [
    ...portMatch(name, 'sport', detail.sourcePort),
    ...portMatch(name, 'dport', detail.destinationPort),
    ...messageMatch(protocol, 'type', detail.message?.type ?? null),
    ...messageMatch(protocol, 'code', detail.message?.code ?? null),
  ];
  return details.length > 0
    ? [...matches, ...details]
    : [...matches, is(meta('l4proto'), name ?? protocol)];
}

function portMatch(protocol: string | undefined, side: string, ports: PortRange): NftStatement[] {
  if (isAnyPort(ports) || protocol === undefined) return [];
  const { first, last } = ports;
  return [is(field(protocol, side), first === last ? first : { range: [first, last] })];
}

function messageMatch(
  protocol: number,
  name: 'type' | 'code',
  value: number | null,
): NftStatement[] {
  if (value === null) return [];
  if (protocol === IP_PROTOCOL['mobility-header']) {
    return [is({ exthdr: { name: 'mh', field: name } }, value)];
  }
  return [is(field(protocol === IP_PROTOCOL.icmp ? 'icmp' : 'icmpv6', name), value)];
}

/** Names that nft has for headers. */
const NFT_NAMES: ReadonlyMap<number, string> = new Map([
  [IP_PROTOCOL.tcp, 'tcp'],
  [IP_PROTOCOL.udp, 'udp'],
  [IP_PROTOCOL.dccp, 'dccp'],
  [IP_PROTOCOL.sctp, 'sctp'],
  [IP_PROTOCOL.udplite, 'udplite'],
  [IP_PROTOCOL.icmp, 'icmp'],
]);

function prefixJson(prefix: Prefix): Json {
  const { version } = prefix.address;
  const addr = formatIpAddress({ version, octets: prefixOctets(prefix) });
  return isHostPrefix(prefix) ? addr : { prefix: { addr, len: prefix.length } };
}
