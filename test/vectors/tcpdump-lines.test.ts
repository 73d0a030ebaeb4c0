/**
 * Our lines against those of the real tcpdump (`tcpdump -n -S -t -r file`, with `-vv` and `-e` too),
 * word for word: over packets that our emitters build, whole and cut, and over the captures of
 * tcpdump's own tests where `../shared/vectors` has them. Skipped with a line where tcpdump is not
 * installed.
 *
 * docs/watch.md tells where we differ on purpose; {@link DIFFERENCES} is that list for the captures,
 * and a test sees that nothing else differs and nothing listed is the same.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dissectCaptured } from '../../src/monitor/dissect.ts';
import { IkeInitiators } from '../../src/monitor/ike-initiators.ts';
import { formatLine } from '../../src/monitor/line.ts';
import type { LineStyle } from '../../src/monitor/line-style.ts';
import { CaptureParser } from '../../src/wire/capture-parser.ts';
import { emitPcap, LINK_TYPE_OF } from '../../src/wire/pcap.ts';
import { TCP_FLAG } from '../../src/wire/tcp.ts';
import {
  ah,
  arp,
  B6,
  cooked1,
  cooked2,
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
  MAC_B,
  tcp,
  udp,
  vlan,
} from '../support/sample-packets.ts';

const CAPTURES = new URL('../../../shared/vectors/A_tcpdump', import.meta.url).pathname;
const HAS_TCPDUMP = spawnSync('tcpdump', ['--version']).status === 0;
if (!HAS_TCPDUMP) console.log('tcpdump-lines: skipped, tcpdump is not installed');

const { SYN, ACK, PSH, FIN, RST, URG, ECE, CWR } = TCP_FLAG;
const INNER = ipv4(17, udp(1000, 2000, data(30)));
const INNER_6 = ipv6(17, udp(1000, 2000, data(30)));
const SYN_OPTIONS = Uint8Array.of(2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 1, 3, 3, 7);
const SACK_OPTIONS = Uint8Array.of(1, 1, 5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4);

/** Outermost layer IP, by what the packet shows. */
const PACKETS: Readonly<Record<string, readonly Uint8Array[]>> = {
  'ESP and AH': [
    ipv4(50, esp()),
    ipv4(51, ah(50, esp())),
    ipv4(51, ah(50, esp(), 16)),
    ipv4(51, ah(6, tcp({ flags: SYN }))),
    ipv4(51, ah(17, udp(1, 2, data(5)))),
    ipv4(51, ah(1, echo())),
    ipv4(51, ah(4, INNER)),
    ipv6(50, esp()),
    ipv6(51, ah(50, esp())),
    ipv6(51, ah(17, udp(1, 2, data(5)))),
  ],
  'ESP in UDP': [
    ipv4(17, udp(4500, 4500, esp())),
    ipv4(17, udp(999, 4500, esp())),
    ipv4(17, udp(4500, 4500, Uint8Array.of(0xff))),
    ipv4(17, udp(4500, 4500, Uint8Array.of(0xff, 0xff))),
    ipv4(17, udp(4500, 4500, data(0))),
    ipv4(17, udp(4500, 4500, data(8))),
    ipv4(17, udp(4500, 4500, data(4).fill(0))),
    ipv6(17, udp(4500, 4500, esp())),
  ],
  tunnels: [ipv4(4, INNER), ipv4(41, INNER_6), ipv6(4, INNER), ipv6(41, INNER_6)],
  UDP: [
    ipv4(17, udp(40000, 5000, data(5))),
    ipv4(17, udp(40000, 5000, data(0))),
    ipv6(17, udp(40000, 5000, data(5))),
    ipv4(17, join(udp(40000, 5000, data(5)).subarray(0, 5), Uint8Array.of(50, 0, 0))),
    ipv4(17, udp(40000, 5000, data(5)).subarray(0, 6)),
    ipv4(17, data(0)),
  ],
  TCP: [
    ...[0, FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, 0xff, SYN | ACK, SYN | ECE | CWR].map((flags) =>
      ipv4(6, tcp({ flags, acknowledgmentNumber: 77 })),
    ),
    ipv4(6, tcp({ flags: PSH | ACK }, data(10))),
    ipv4(6, tcp({ flags: PSH | ACK, sequenceNumber: 0xfffffffe }, data(10))),
    ipv4(6, tcp({ flags: RST }, data(5))),
    ipv4(6, tcp({ flags: SYN, options: SYN_OPTIONS })),
    ipv4(6, tcp({ flags: ACK, options: SACK_OPTIONS }, data(9))),
    ipv4(6, tcp({ flags: SYN, options: Uint8Array.of(1, 0, 2, 4) })),
    ipv4(6, tcp({ flags: SYN, options: Uint8Array.of(153, 6, 1, 2, 3, 4, 0, 0) })),
    ipv4(6, tcp({ flags: SYN, options: Uint8Array.of(1, 2, 0, 0) })),
    ipv4(6, tcp({ flags: SYN, options: Uint8Array.of(1, 2, 8, 1) })),
    ipv6(6, tcp({ flags: SYN, options: SYN_OPTIONS })),
  ],
  ICMP: [
    ipv4(1, echo()),
    ipv4(1, echo(0)),
    ...Array.from({ length: 17 }, (_, code) => ipv4(1, icmpError(3, code, 1400, INNER))),
    ipv4(1, icmpError(3, 4, 0, INNER)),
    ipv4(1, icmpError(3, 3, 0, ipv4(6, tcp({ flags: SYN })))),
    ipv4(1, icmpError(3, 3, 0, INNER.subarray(0, 28))),
    ipv4(1, icmpError(3, 3, 0, INNER.subarray(0, 8))),
    ...[0, 1, 2].map((code) => ipv4(1, icmpError(11, code, 0, INNER))),
    ...[0, 1, 2, 3, 4].map((code) => ipv4(1, icmpError(5, code, 0x0a090003, INNER))),
    ...[0, 1].map((code) => ipv4(1, icmpError(12, code, 0x14000000, INNER))),
    ipv4(1, icmpError(4, 0, 0, INNER)),
    ipv4(1, data(4)),
  ],
  ICMPv6: [
    ipv6(58, icmpv6(128, 0, 0x00010002, data(56))),
    ipv6(58, icmpv6(129, 0, 0x00010002, data(56))),
    ...[0, 1, 2, 3, 4].map((code) => ipv6(58, icmpv6(1, code, 0, INNER_6))),
    ipv6(58, icmpv6(1, 4, 0, INNER_6.subarray(0, 30))),
    ipv6(58, icmpv6(2, 0, 1400, INNER_6)),
    ...[0, 1, 2].map((code) => ipv6(58, icmpv6(3, code, 0, INNER_6))),
    ...[0, 1, 2, 3].map((code) => ipv6(58, icmpv6(4, code, 40, INNER_6))),
    ipv6(58, icmpv6(133, 0, 0, data(0))),
    ipv6(58, icmpv6(134, 0, 0x40000708, data(8))),
    ipv6(58, icmpv6(135, 0, 0, B6.octets)),
    ipv6(58, icmpv6(136, 0, 0x60000000, B6.octets)),
    ipv6(58, icmpv6(143, 0, 1, join(Uint8Array.of(4, 0, 0, 0), B6.octets))),
  ],
  fragments: [
    ipv4(17, udp(1, 2, data(24)), { moreFragments: true }),
    ipv4(17, data(24), { moreFragments: true, offset: 32 }),
    ipv4(17, data(24), { offset: 32 }),
    ipv4(6, tcp({ flags: ACK }, data(24)), { moreFragments: true }),
    ipv4(50, esp(), { moreFragments: true }),
    ipv4(50, esp(), { offset: 64 }),
    ipv4(51, ah(50, esp()), { moreFragments: true }),
    ipv6(44, ipv6Fragment(17, 0, true, udp(1000, 2000, data(30)))),
    ipv6(44, ipv6Fragment(17, 0, false, udp(1000, 2000, data(30)))),
    ipv6(44, ipv6Fragment(50, 0, true, esp())),
    ipv6(44, ipv6Fragment(17, 1448, true, data(30))),
    ipv6(44, ipv6Fragment(17, 1448, false, data(30))),
  ],
  'IPv6 extension headers': [
    ipv6(0, ipv6Extension(17, udp(1000, 2000, data(30)))),
    ipv6(60, ipv6Extension(6, tcp({ flags: SYN }))),
    ipv6(0, ipv6Extension(60, ipv6Extension(50, esp()))),
    ipv6(0, ipv6Extension(44, ipv6Fragment(17, 0, true, udp(1, 2, data(8))))),
    ipv6(0, Uint8Array.of(17, 32, 0, 0, 0, 0, 0, 0)),
    ipv6(59, data(0)),
  ],
  IKE: [
    ...[1, 2].flatMap((version) =>
      [0, 1, 2, 3, 4, 5, 6, 32, 33, 34, 35, 36, 37, 38].flatMap((exchangeType) =>
        [0, 1, 2, 3, 8, 0x10, 0x20, 0x28, 0xff].flatMap((flags) =>
          [0, 9].map((responderSpi) =>
            ipv4(
              17,
              udp(
                500,
                500,
                ike(version as 1 | 2, exchangeType, flags, {
                  responderSpi,
                  messageId: exchangeType & 1,
                }),
              ),
            ),
          ),
        ),
      ),
    ),
    ipv4(17, udp(4500, 4500, join(new Uint8Array(4), ike(1, 2, 0)))),
    ipv4(17, udp(4500, 4500, join(new Uint8Array(4), ike(2, 34, 8)))),
    ipv6(17, udp(500, 999, ike(2, 34, 8))),
    ipv4(17, udp(500, 500, ike(2, 34, 8).subarray(0, 27))),
  ],
  IPComp: [
    ipv4(108, Uint8Array.of(4, 0, 0, 3, 9)),
    ipv4(108, Uint8Array.of(50, 9, 0x12, 0x34)),
    ipv4(108, Uint8Array.of(50, 0, 0)),
    ipv6(108, Uint8Array.of(41, 0, 0, 2, 1, 2, 3)),
  ],
  'other protocols': [ipv4(200, data(30)), ipv6(200, data(30)), ipv4(97, data(3))],
  'broken IP headers': [
    changed(INNER, 0, 0x44),
    changed(INNER, 3, 10),
    changed(INNER, 3, 255),
    changed(INNER_6, 5, 200),
    changed(INNER, 0, 0x55),
    join(INNER, data(9)),
    join(INNER_6, data(9)),
    INNER.subarray(0, 19),
  ],
};

const FRAMES: readonly Uint8Array[] = [
  ethernet(0x0800, INNER),
  ethernet(0x86dd, INNER_6),
  ethernet(0x0800, ipv4(50, esp())),
  ethernet(0x8100, join(Uint8Array.of(0x60, 5, 8, 0), INNER)),
  ethernet(0x88a8, vlan(3, 0x8100, vlan(5, 0x86dd, INNER_6))),
  ethernet(0x9100, vlan(0x1003, 0x0800, INNER)),
  ethernet(0x8100, vlan(5, 0x8100, data(1))),
  ethernet(0x0806, arp(1)),
  ethernet(0x0806, arp(1, MAC_B)),
  ethernet(0x0806, arp(2, MAC_B)),
  ethernet(0x0806, join(arp(1), data(18))),
  ethernet(0x0806, arp(1).subarray(0, 20)),
  ethernet(0x86dd, INNER_6.subarray(0, 39)),
];

/** Packets of other link types. */
const LINKS: readonly (readonly [string, number, readonly Uint8Array[]])[] = [
  [
    'Linux cooked v1',
    LINK_TYPE_OF.LINUX_SLL,
    [
      cooked1(0x0800, INNER),
      cooked1(0x86dd, INNER_6),
      cooked1(0x0806, arp(1)),
      cooked1(0x8100, vlan(5, 0x0800, INNER)),
      cooked1(0x0800, INNER).subarray(0, 15),
    ],
  ],
  [
    'Linux cooked v2',
    LINK_TYPE_OF.LINUX_SLL2,
    [
      cooked2(0x0800, INNER),
      cooked2(0x86dd, INNER_6),
      cooked2(0x0806, arp(1)),
      cooked2(0x8100, vlan(5, 0x0800, INNER)),
      cooked2(0x0800, INNER).subarray(0, 19),
    ],
  ],
  [
    'BSD loopback',
    LINK_TYPE_OF.NULL,
    [
      join(Uint8Array.of(2, 0, 0, 0), INNER),
      join(Uint8Array.of(0, 0, 0, 2), INNER),
      ...[24, 28, 30].map((family) => join(Uint8Array.of(family, 0, 0, 0), INNER_6)),
      Uint8Array.of(2, 0, 0),
    ],
  ],
];

/** Lengths at which a capture may cut a packet, per kind, and agree with tcpdump. */
const CUTS: readonly (readonly [string, Uint8Array, readonly number[]])[] = [
  ['ESP', ipv4(50, esp()), range(1, 136)],
  ['ESP in UDP', ipv4(17, udp(4500, 4500, esp())), range(1, 144)],
  ['UDP', ipv4(17, udp(1000, 2000, data(30))), range(1, 58)],
  ['TCP', ipv4(6, tcp({ flags: SYN | ACK }, data(9))), range(1, 49)],
  ['ICMP', ipv4(1, echo()), range(1, 84)],
  ['AH, from its ICV on', ipv4(51, ah(50, esp())), range(32, 160)],
  ['ESP in IPv6', ipv6(50, esp()), range(1, 156)],
];

describe.runIf(HAS_TCPDUMP)('formatLine() writes what tcpdump writes', () => {
  for (const [name, packets] of Object.entries(PACKETS)) {
    test(name, () => expectSameLines(capture(LINK_TYPE_OF.RAW, packets)));
  }
  for (const [name, linkType, packets] of [
    ['Ethernet and ARP', LINK_TYPE_OF.ETHERNET, FRAMES] as const,
    ...LINKS,
  ]) {
    for (const flags of [[], ['-e']]) {
      test([name, ...flags].join(' '), () => expectSameLines(capture(linkType, packets), flags));
    }
  }
  for (const [name, packet, lengths] of CUTS) {
    test(`${name}, cut`, () => {
      const packets = lengths.map((length) => packet.subarray(0, length));
      expectSameLines(capture(LINK_TYPE_OF.RAW, packets, packet.length));
    });
  }
});

describe.runIf(HAS_TCPDUMP)('formatLine() writes what tcpdump -vv writes', () => {
  for (const [name, packets] of Object.entries(PACKETS)) {
    test(name, () => {
      const file = capture(LINK_TYPE_OF.RAW, packets);
      const [ours, theirs] = [ourTexts(file, ['-vv']), tcpdumpTexts(file, ['-vv'])];
      const differing = packets.flatMap((_, place) =>
        ours[place] === theirs[place] ? [] : [place],
      );
      expect(theirs.length).toBe(packets.length);
      expect(differing).toEqual(VERBOSE_DIFFERENCES[name] ?? []);
    });
  }
});

describe("formatLine() on tcpdump's own captures", () => {
  for (const name of CAPTURE_NAMES) {
    const path = joinPath(CAPTURES, name);
    const isThere = existsSync(path);
    if (!isThere) console.log(`tcpdump-lines: skipped, ${path} is not there`);
    test.runIf(isThere && HAS_TCPDUMP)(name, () => {
      const file = new Uint8Array(readFileSync(path));
      const [ours, theirs] = [ourLines(file), tcpdumpLines(file)];
      const differing = theirs.flatMap((line, place) => (line === ours[place] ? [] : [line]));
      expect(ours.length).toBe(theirs.length);
      expect(differing).toEqual(DIFFERENCES[name]?.map(({ line }) => line) ?? []);
    });
  }
});

/** What is listed here by its number comes out otherwise with `-vv`; docs/watch.md says why. */
const VERBOSE_DIFFERENCES: Readonly<Record<string, readonly number[]>> = {
  // Checksums behind AH and extension headers are not looked at.
  'ESP and AH': [3, 4, 9],
  // What is quoted is cut at its end, not at the end of its packet.
  ICMP: [21, 22],
  // Contents of neighbour discovery; no length after the others.
  ICMPv6: [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20],
  // Options in Hop-by-Hop and Destination Options headers.
  'IPv6 extension headers': [0, 1, 2, 3],
  // Text in a reset.
  TCP: [14],
};

/** Lines of tcpdump that are not ours. */
const DIFFERENCES: Readonly<
  Record<string, readonly { readonly line: string; readonly why: string }[]>
> = {
  'malformed/ospf-signed-integer-ubsan/ospf-signed-integer-ubsan.pcap': [
    {
      line: 'IP6 fe80::1 > fe80::2: AH(spi=0x00000100,seq=0x1e,icv=0x0a6ab0b271917e05f7a01c58): OSPFv3, LS-Update, length 508',
      why: 'OSPF is not looked into',
    },
  ],
};

const CAPTURE_NAMES: readonly string[] = [
  'captures/02-sunrise-sunset-esp/02-sunrise-sunset-esp.pcap',
  'captures/ISAKMP_sa_setup/ISAKMP_sa_setup.pcap',
  'captures/espudp1/espudp1.pcap',
  'captures/ikev2-id-normal/ikev2-id-normal.pcap',
  'captures/ikev2four/ikev2four.pcap',
  'captures/ikev2pI2/ikev2pI2.pcap',
  'malformed/esp_truncated/esp_truncated.pcap',
  'malformed/heapoverflow-ip_demux_print/heapoverflow-ip_demux_print.pcap',
  'malformed/ikev1_id_ipv6_addr_subnet-oobr/ikev1_id_ipv6_addr_subnet-oobr.pcap',
  'malformed/ikev2-id-short/ikev2-id-short.pcap',
  'malformed/ikev2pI2-segfault/ikev2pI2-segfault.pcapng',
  'malformed/ipcomp-heapoverflow/ipcomp-heapoverflow.pcap',
  'malformed/isakmp-ikev1_n_print-oobr/isakmp-ikev1_n_print-oobr.pcap',
  'malformed/isakmp-various-oobr/isakmp-various-oobr.pcap',
  'malformed/ospf-signed-integer-ubsan/ospf-signed-integer-ubsan.pcap',
];

function expectSameLines(file: Uint8Array, flags: readonly string[] = []): void {
  expect(ourLines(file, flags)).toEqual(tcpdumpLines(file, flags));
}

/** A line each. */
function ourLines(file: Uint8Array, flags: readonly string[] = []): string[] {
  return ourTexts(file, flags).flatMap((text) => text.split('\n'));
}

/** What is printed of each packet. */
function ourTexts(file: Uint8Array, flags: readonly string[]): string[] {
  const style: LineStyle = {
    verbosity: flags.includes('-vv') ? 2 : 0,
    link: flags.includes('-e'),
    initiators: new IkeInitiators(),
    interfaceName: () => null,
  };
  const parser = new CaptureParser();
  parser.feed(file, 0, file.length);
  const texts: string[] = [];
  for (let packet = parser.next(); packet !== null; packet = parser.next()) {
    texts.push(formatLine(dissectCaptured(packet), style));
  }
  return texts;
}

/** Without the hexadecimal dumps that tcpdump adds to what it does not know. */
function tcpdumpLines(file: Uint8Array, flags: readonly string[] = []): string[] {
  return runTcpdump(file, ['-t', ...flags]).filter((line) => !line.startsWith('\t0x'));
}

/** What tcpdump prints of each packet: at a line that begins with a time the next one begins. */
function tcpdumpTexts(file: Uint8Array, flags: readonly string[]): string[] {
  const texts: string[] = [];
  for (const line of runTcpdump(file, ['-tt', ...flags])) {
    const [time, rest] = [/^\d+\.\d{6} /.exec(line)?.[0], texts.length - 1];
    if (time !== undefined) texts.push(line.slice(time.length));
    else texts[rest] += `\n${line}`;
  }
  return texts;
}

function runTcpdump(file: Uint8Array, flags: readonly string[]): string[] {
  const folder = mkdtempSync(joinPath(tmpdir(), 'ipseal-lines-'));
  try {
    const path = joinPath(folder, 'a.pcap');
    writeFileSync(path, file);
    const text = execFileSync('tcpdump', ['-n', '-S', ...flags, '-r', path], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return text.replace(/\n$/, '').split('\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function capture(
  linkType: number,
  packets: readonly Uint8Array[],
  originalLength?: number,
): Uint8Array {
  return emitPcap(
    linkType,
    packets.map((packet) => ({
      seconds: 1,
      nanoseconds: 0,
      originalLength: originalLength ?? packet.length,
      packet,
    })),
  );
}

function changed(octets: Uint8Array, at: number, value: number): Uint8Array {
  const copy = octets.slice();
  copy[at] = value;
  return copy;
}

/** `first` up to and without `end`. */
function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, k) => first + k);
}
