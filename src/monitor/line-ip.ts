/**
 * What tcpdump -v writes of IP headers, in parentheses before the addresses.
 *
 * @module
 */
import { checksumOf, sumOctets } from '../octets/checksum.ts';
import { u16 } from '../octets/octets.ts';
import { IPV4_HEADER_LENGTH, ipv4HeaderLength } from '../wire/ipv4.ts';
import type { Ipv4Layer, Ipv6Layer } from './layer.ts';

/**
 * `(tos 0x0, ttl 64, id 7, offset 0, flags [DF], proto UDP (17), length 28)`, and a line of its own
 * for what follows.
 */
export function ipv4Header(layer: Ipv4Layer): string {
  const { octets, at, typeOfService, ttl, identification, fragmentOffset, totalLength } = layer;
  const headerLength = ipv4HeaderLength(octets, at);
  const words = [
    `tos 0x${typeOfService.toString(16)}${ECN[typeOfService & 3]}`,
    ...(ttl > 0 ? [`ttl ${ttl}`] : []),
    `id ${identification}`,
    `offset ${fragmentOffset}`,
    `flags [${flagWords(layer)}]`,
    `proto ${protocolWords(layer.protocol)}`,
    `length ${totalLength}`,
  ];
  if (headerLength > IPV4_HEADER_LENGTH)
    words.push(`options (${headerLength - IPV4_HEADER_LENGTH})`);
  const sum = sumOctets(octets, at, headerLength);
  if (checksumOf(sum) !== 0) {
    const found = u16(octets, at + 10);
    words.push(`bad cksum ${found.toString(16)} (->${checksumOf(sum - found).toString(16)})!`);
  }
  return `(${words.join(', ')})\n    `;
}

/** `(hlim 64, next-header UDP (17) payload length: 8) `. */
export function ipv6Header(layer: Ipv6Layer): string {
  const { trafficClass, flowLabel, hopLimit, nextHeader, payloadLength } = layer;
  const kind = trafficClass === 0 ? '' : `class 0x${trafficClass.toString(16).padStart(2, '0')}, `;
  const flow = flowLabel === 0 ? '' : `flowlabel 0x${flowLabel.toString(16).padStart(5, '0')}, `;
  const next = protocolWords(nextHeader);
  return `(${kind}${flow}hlim ${hopLimit}, next-header ${next} payload length: ${payloadLength}) `;
}

function flagWords({ octets, at, moreFragments, dontFragment }: Ipv4Layer): string {
  const reserved = (u16(octets, at + 6) & 0x8000) !== 0;
  const flags = [
    ...(moreFragments ? ['+'] : []),
    ...(dontFragment ? ['DF'] : []),
    ...(reserved ? ['rsvd'] : []),
  ];
  return flags.length === 0 ? 'none' : flags.join(', ');
}

function protocolWords(protocol: number): string {
  return `${PROTOCOLS.get(protocol) ?? 'unknown'} (${protocol})`;
}

const ECN = ['', ',ECT(1)', ',ECT(0)', ',CE'];

/** tcpdump's names. */
const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [0, 'Options'],
  [1, 'ICMP'],
  [2, 'IGMP'],
  [4, 'IPIP'],
  [6, 'TCP'],
  [8, 'EGP'],
  [9, 'IGRP'],
  [17, 'UDP'],
  [33, 'DCCP'],
  [41, 'IPv6'],
  [43, 'Routing'],
  [44, 'Fragment'],
  [46, 'RSVP'],
  [47, 'GRE'],
  [50, 'ESP'],
  [51, 'AH'],
  [55, 'Mobile IP'],
  [58, 'ICMPv6'],
  [88, 'EIGRP'],
  [89, 'OSPF'],
  [103, 'PIM'],
  [108, 'Compressed IP'],
  [112, 'VRRP'],
  [113, 'PGM'],
  [132, 'SCTP'],
  [135, 'Mobility'],
  [143, 'Ethernet'],
]);
