/**
 * What tcpdump -v says of the checksums of UDP, TCP, ICMP and ICMPv6.
 *
 * @module
 */

import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { checksumOf, sumOctets } from '../octets/checksum.ts';
import { hex16 } from '../octets/hex.ts';
import { u16 } from '../octets/octets.ts';
import type { IcmpLayer, Icmpv6Layer, Ipv4Layer, Ipv6Layer, TcpLayer, UdpLayer } from './layer.ts';

type Ip = Ipv4Layer | Ipv6Layer;

const UDP_CHECKSUM = 6;
const TCP_CHECKSUM = 16;
const ICMP_CHECKSUM = 2;

/** `[udp sum ok] `, for a datagram in `ip`; empty where it cannot be told. Of IPv4 from `-vv` on. */
export function udpChecksumWords(layer: UdpLayer, ip: Ip | null, verbosity: number): string {
  if (ip === null || layer.fragmented) return '';
  if (ip.kind === 'ipv4' && verbosity < 2) return '';
  const { octets, at, captured, datagramLength } = layer;
  const found = u16(octets, at + UDP_CHECKSUM);
  if (found === 0) return '[no cksum] ';
  if (captured < datagramLength) return '';
  const sum = sumOctets(octets, at, datagramLength, pseudoSum(ip, IP_PROTOCOL.udp, datagramLength));
  if (checksumOf(sum) === 0) return '[udp sum ok] ';
  return `[bad udp cksum 0x${hex16(found)} -> 0x${hex16(checksumOf(sum - found))}!] `;
}

/** `, cksum 0x1234 (correct)`, for a segment in `ip`; empty where it cannot be told. */
export function tcpChecksumWords(layer: TcpLayer, ip: Ip | null): string {
  const { octets, at, captured, length } = layer;
  if (ip === null || captured < length) return '';
  if (ip.kind === 'ipv4' && ip.moreFragments) return '';
  const found = u16(octets, at + TCP_CHECKSUM);
  const sum = sumOctets(octets, at, length, pseudoSum(ip, IP_PROTOCOL.tcp, length));
  const words =
    checksumOf(sum) === 0 ? 'correct' : `incorrect -> 0x${hex16(checksumOf(sum - found))}`;
  return `, cksum 0x${hex16(found)} (${words})`;
}

/** ` (wrong icmp cksum 1 (->2)!)`; empty where it holds or cannot be told. */
export function icmpChecksumWords({ octets, at, captured, length }: IcmpLayer): string {
  if (captured < length) return '';
  const sum = sumOctets(octets, at, length);
  if (checksumOf(sum) === 0) return '';
  const found = u16(octets, at + ICMP_CHECKSUM);
  const right = checksumOf(sum - found);
  return ` (wrong icmp cksum ${found.toString(16)} (->${right.toString(16)})!)`;
}

/** `[icmp6 sum ok] `, for a message in `ip`; empty where it cannot be told. */
export function icmpv6ChecksumWords(layer: Icmpv6Layer, ip: Ip | null): string {
  const { octets, at, captured, length } = layer;
  if (ip === null || captured < length) return '';
  const found = u16(octets, at + ICMP_CHECKSUM);
  const sum = sumOctets(octets, at, length, pseudoSum(ip, IP_PROTOCOL['ipv6-icmp'], length));
  if (checksumOf(sum) === 0) return '[icmp6 sum ok] ';
  return `[bad icmp6 cksum 0x${hex16(found)} -> 0x${hex16(checksumOf(sum - found))}!] `;
}

function pseudoSum({ source, destination }: Ip, protocol: number, length: number): number {
  const start = protocol + (length & 0xffff) + (length >>> 16);
  const half = sumOctets(source.octets, 0, source.octets.length, start);
  return sumOctets(destination.octets, 0, destination.octets.length, half);
}
