/** The lines that differ from tcpdump's on purpose, and a few of each kind that need no tcpdump. */
import { describe, expect, test } from 'vitest';
import {
  ah,
  arp,
  data,
  echo,
  esp,
  ethernet,
  icmpError,
  icmpv6,
  ike,
  ipv4,
  ipv6,
  ipv6Extension,
  ipv6Fragment,
  join,
  tcp,
  udp,
} from '../../test/support/sample-packets.ts';
import { LINK_TYPE_OF } from '../wire/pcap.ts';
import { TCP_FLAG } from '../wire/tcp.ts';
import * as monitor from './index.ts';

const { SYN, ACK } = TCP_FLAG;
const FROM_A = 'IP 10.9.0.1 > 10.9.0.2:';
const AH = 'AH(spi=0x00000200,seq=0x1,icv=0xabababababababababababab)';
const ESP = 'ESP(spi=0x00000201,seq=0x1), length 116';

function lineOf(packet: Uint8Array, linkType: number = LINK_TYPE_OF.RAW): string {
  return monitor.formatLine(monitor.dissect(packet, linkType));
}

describe('formatLine() writes', () => {
  for (const [packet, expected] of [
    [ipv4(50, esp()), `${FROM_A} ${ESP}`],
    [ipv4(51, ah(50, esp())), `${FROM_A} ${AH}: ${ESP}`],
    [
      ipv4(51, ah(6, tcp({ flags: SYN }))),
      `${FROM_A} ${AH}: 40000 > 5901: Flags [S], seq 1, win 64240, length 0`,
    ],
    [ipv4(1, echo()), `${FROM_A} ICMP echo request, id 1, seq 1, length 64`],
    [
      ipv4(6, tcp({ flags: SYN | ACK, options: Uint8Array.of(2, 4, 5, 180) })),
      'IP 10.9.0.1.40000 > 10.9.0.2.5901: Flags [S.], seq 1, ack 0, win 64240, options [mss 1460], length 0',
    ],
    [ipv4(17, udp(1, 2, data(5))), 'IP 10.9.0.1.1 > 10.9.0.2.2: UDP, length 5'],
    [ipv4(17, udp(4500, 4500, esp())), `IP 10.9.0.1.4500 > 10.9.0.2.4500: UDP-encap: ${ESP}`],
    [
      ipv4(17, udp(500, 500, ike(1, 2, 0))),
      'IP 10.9.0.1.500 > 10.9.0.2.500: isakmp: phase 1 I ident',
    ],
    [
      ipv4(17, udp(4500, 4500, join(new Uint8Array(4), ike(2, 35, 8, { messageId: 1 })))),
      'IP 10.9.0.1.4500 > 10.9.0.2.4500: NONESP-encap: isakmp: child_sa  ikev2_auth[I]',
    ],
    [ipv4(108, Uint8Array.of(4, 0, 0, 3, 9)), `${FROM_A} IPComp(cpi=0x0003)`],
    [ipv4(17, data(24), { offset: 32 }), `${FROM_A} ip-proto-17`],
    [ipv4(50, esp(0)), `${FROM_A}  [|esp]`],
    [ipv6(50, esp()), `IP6 fe80::1 > fe80::2: ${ESP}`],
    [
      ipv6(0, ipv6Extension(44, ipv6Fragment(17, 1448, true, data(8)))),
      'IP6 fe80::1 > fe80::2: HBH frag (1448|8)',
    ],
    [
      ipv6(58, icmpv6(2, 0, 1400, ipv6(50, esp()))),
      'IP6 fe80::1 > fe80::2: ICMP6, packet too big, mtu 1400, length 164',
    ],
  ] as const) {
    test(expected, () => expect(lineOf(packet)).toBe(expected));
  }
  test('a request of ARP', () => {
    const line = 'ARP, Request who-has 10.9.0.2 tell 10.9.0.1, length 28';
    expect(lineOf(ethernet(0x0806, arp(1)), LINK_TYPE_OF.ETHERNET)).toBe(line);
  });
});

describe('formatLine() differs from tcpdump in', () => {
  for (const [name, packet, expected] of [
    ['protocols not looked into', ipv4(2, data(8)), `${FROM_A}  ip-proto-2 8`],
    [
      'unreachable ESP',
      ipv4(1, icmpError(3, 3, 0, ipv4(50, esp()))),
      `${FROM_A} ICMP 10.9.0.2 esp spi 0x00000201 unreachable, length 144`,
    ],
    [
      'a Routing header',
      ipv6(43, ipv6Extension(50, esp())),
      `IP6 fe80::1 > fe80::2: RT6 (len=0, type=1, segleft=4) ${ESP}`,
    ],
    [
      'an AH without ICV field',
      ipv4(
        51,
        Uint8Array.from({ length: 12 }, (_, k) => Number(k === 7)),
      ),
      `${FROM_A} ah [bad-hlen 8]`,
    ],
    [
      'a TCP option of a wrong length',
      ipv4(6, tcp({ flags: SYN, options: Uint8Array.of(2, 3, 1, 1) })),
      'IP 10.9.0.1.40000 > 10.9.0.2.5901: Flags [S], seq 1, win 64240, options [mss[len 3],nop], length 0',
    ],
    [
      'broken TCP options',
      ipv4(6, tcp({ flags: SYN, options: Uint8Array.of(2, 9, 1, 1) })),
      'IP 10.9.0.1.40000 > 10.9.0.2.5901: Flags [S], seq 1, win 64240, options [[bad opt]]',
    ],
  ] as const) {
    test(name, () => expect(lineOf(packet)).toBe(expected));
  }
});
