import { describe, expect, test } from 'vitest';
import {
  ah,
  arp,
  cooked2,
  data,
  echo,
  esp,
  ethernet,
  ike,
  ipv4,
  ipv6,
  ipv6Extension,
  ipv6Fragment,
  join,
  tcp,
  udp,
  vlan,
} from '../../../test/support/sample-packets.ts';
import { LINK_TYPE_OF } from '../../wire/pcap.ts';
import { dissect } from '../dissect.ts';
import type { Layer } from '../layer.ts';
import { matcherOf } from './matcher.ts';
import { parseFilter } from './parse.ts';

const { RAW, ETHERNET, LINUX_SLL2 } = LINK_TYPE_OF;

/** All from 10.9.0.1 to 10.9.0.2, or from fe80::1 to fe80::2. */
const PACKETS: Readonly<Record<string, Layer>> = {
  esp: dissect(ipv4(50, esp()), RAW),
  esp6: dissect(ipv6(50, esp()), RAW),
  'esp-in-ah': dissect(ipv4(51, ah(50, esp())), RAW),
  'esp-in-udp': dissect(ipv4(17, udp(4500, 4500, esp())), RAW),
  'esp-cut': dissect(ipv4(50, esp(0)), RAW),
  ah: dissect(ipv4(51, ah(6, tcp({}))), RAW),
  ipcomp: dissect(ipv4(108, Uint8Array.of(4, 0, 0, 3)), RAW),
  ike: dissect(ipv4(17, udp(500, 500, ike(2, 34, 8))), RAW),
  'ike-nat': dissect(ipv4(17, udp(4500, 4500, join(data(4).fill(0), ike(2, 34, 8)))), RAW),
  tcp: dissect(ethernet(0x0800, ipv4(6, tcp({}))), ETHERNET),
  'tcp-vlan': dissect(ethernet(0x8100, vlan(5, 0x0800, ipv4(6, tcp({})))), ETHERNET),
  'tcp-any': dissect(cooked2(0x0800, ipv4(6, tcp({}))), LINUX_SLL2),
  'tcp-later': dissect(ipv4(6, data(24), { offset: 32 }), RAW),
  tcp6: dissect(ipv6(0, ipv6Extension(44, ipv6Fragment(6, 0, true, tcp({})))), RAW),
  udp: dissect(ipv4(17, udp(53, 1024, data(5))), RAW),
  icmp: dissect(ipv4(1, echo()), RAW),
  arp: dissect(ethernet(0x0806, arp(1)), ETHERNET),
  other: dissect(ethernet(0x88cc, data(20)), ETHERNET),
};

function passing(text: string): string[] {
  const read = parseFilter(text);
  if ('problem' in read) throw new Error(`${text}: ${read.problem.message}`);
  const matches = matcherOf(read.filter);
  return Object.entries(PACKETS).flatMap(([name, layer]) => (matches(layer) ? [name] : []));
}

const ALL = Object.keys(PACKETS);
const TCP = ['tcp', 'tcp-vlan', 'tcp-any', 'tcp-later', 'tcp6'];
const UDP = ['esp-in-udp', 'ike', 'ike-nat', 'udp'];
const ESP = ['esp', 'esp6', 'esp-in-ah', 'esp-in-udp', 'esp-cut'];

describe('a filter passes', () => {
  for (const [text, expected] of [
    ['', ALL],
    ['esp', ESP],
    ['ah', ['esp-in-ah', 'ah']],
    ['ipcomp', ['ipcomp']],
    ['ike', ['ike', 'ike-nat']],
    ['tcp', TCP],
    ['udp', UDP],
    ['icmp', ['icmp']],
    ['arp', ['arp']],
    ['ip6', ['esp6', 'tcp6']],
    ['not ip and not ip6', ['arp', 'other']],
    ['! ( ip || ip6 )', ['arp', 'other']],
    ['port 53', ['udp']],
    ['src port 53', ['udp']],
    ['dst port 53', []],
    ['udp dst port 1024', ['udp']],
    ['tcp port 1024', []],
    ['portrange 500-4500', ['esp-in-udp', 'ike', 'ike-nat', 'udp']],
    ['src and dst portrange 4500-500', ['esp-in-udp', 'ike', 'ike-nat']],
    ['tcp port 5901 or 53', ['tcp', 'tcp-vlan', 'tcp-any', 'tcp6']],
    ['host fe80::2', ['esp6', 'tcp6']],
    ['host 10.9.0.2 and arp', ['arp']],
    ['dst 10.9.0.1', []],
    ['src or dst host 10.9.0.1 and icmp', ['icmp']],
    ['net 10.9.0.0/16 and icmp', ['icmp']],
    ['10.10.0.0/16', []],
    ['src net fe80::/64', ['esp6', 'tcp6']],
    ['host 10.0.0.1 or 10.9.0.2 and icmp', ['icmp']],
    ['proto 108', ['ipcomp']],
    ['ip proto \\esp', ['esp', 'esp-cut']],
    ['ip6 proto esp', ['esp6']],
    // "and" binds no closer than "or".
    ['icmp or udp and port 53', ['udp']],
    ['icmp or (udp and port 53)', ['udp', 'icmp']],
  ] as const) {
    test(`"${text}"`, () => expect(passing(text)).toEqual(expected));
  }
});

describe('parseFilter() tells where it stops', () => {
  for (const [text, start, end, message, expected] of [
    ['esp and', 7, 8, /ends too early/, 'esp'],
    ['proto foo', 6, 9, /"foo" is no protocol/, 'a name or a number from 0 to 255'],
    ['host 300.1.1.1', 5, 14, /is no address/, 'an address'],
    ['net 10.0.0.0/33', 4, 15, /is no network/, 'a network: 10.0.0.0/8'],
    ['port 65536', 5, 10, /is no port/, '0 to 65535'],
    ['portrange 5', 10, 11, /is no range/, 'two ports: 1000-2000'],
    ['(esp or ah', 10, 11, /not closed/, ')'],
    ['esp ah', 4, 6, /has ended here/, 'and'],
    ['tcp[13] & 2', 0, 7, /"tcp\[13\]" begins no filter/, 'tcp'],
    ['vlan 5', 0, 4, /"vlan" begins no filter/, 'ip'],
    [`${'('.repeat(200)}esp${')'.repeat(200)}`, 100, 101, /too deeply/, undefined],
  ] as const) {
    test(`"${text.slice(0, 20)}"`, () => {
      const read = parseFilter(text);
      if (!('problem' in read)) throw new Error('it is a filter');
      expect(read.problem).toMatchObject({ start, end });
      expect(read.problem.message).toMatch(message);
      if (expected !== undefined) expect(read.problem.expected).toContain(expected);
    });
  }
});
