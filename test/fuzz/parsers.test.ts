/**
 * Every packet parser on a hundred thousand octet strings that nobody would send: noise, and valid
 * packets with octets changed, cut off, repeated and moved. Nothing may throw; what a check passes
 * must fit; a dissection must print as one line. The octets come from a seed and so come again.
 */
import { expect, test } from 'vitest';
import { dissect, dissectCaptured } from '../../src/monitor/dissect.ts';
import { matcherOf } from '../../src/monitor/filter/matcher.ts';
import { parseFilter } from '../../src/monitor/filter/parse.ts';
import { IkeInitiators } from '../../src/monitor/ike-initiators.ts';
import { packetToLine } from '../../src/monitor/json.ts';
import type { Layer } from '../../src/monitor/layer.ts';
import { formatLine } from '../../src/monitor/line.ts';
import { type LineStyle, PLAIN } from '../../src/monitor/line-style.ts';
import { observe } from '../../src/monitor/observation.ts';
import { ahHeaderLength, checkAh } from '../../src/wire/ah.ts';
import { arpOpcode, checkArp } from '../../src/wire/arp.ts';
import { CapturedPacket } from '../../src/wire/captured-packet.ts';
import {
  checkEsp,
  checkEspTrailer,
  espNextHeader,
  espPaddingIsMonotonic,
  espPadLength,
  espSpi,
} from '../../src/wire/esp.ts';
import { checkEthernet, ethernetType } from '../../src/wire/ethernet.ts';
import { checkIcmp, icmpChecksumHolds, icmpSecondWord } from '../../src/wire/icmp.ts';
import { newIpHeader, readQuotedIp } from '../../src/wire/ip.ts';
import {
  checkIpv4,
  ipv4ChecksumHolds,
  ipv4HeaderLength,
  ipv4TotalLength,
  updateIpv4Checksum,
} from '../../src/wire/ipv4.ts';
import { zeroMutableIpv4 } from '../../src/wire/ipv4-mutable.ts';
import {
  checkIpv6,
  checkIpv6Extension,
  checkIpv6Fragment,
  ipv6ExtensionLength,
  ipv6FragmentOffset,
  ipv6PayloadLength,
} from '../../src/wire/ipv6.ts';
import { emitPcap, LINK_TYPE_OF, parsePcap } from '../../src/wire/pcap.ts';
import { checkTcp, findTcpOption, TCP_OPTION, tcpHeaderLength } from '../../src/wire/tcp.ts';
import { checkUdp, udpLength } from '../../src/wire/udp.ts';
import {
  ah,
  arp,
  B6,
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
} from '../support/sample-packets.ts';

const ROUNDS = 100_000;
const OPTIONS = Uint8Array.of(2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 1, 3, 3, 7);
const IPV4_OPTIONS = join(ipv4(17, data(0)), Uint8Array.of(7, 7, 4, 10, 0, 0, 1, 148, 4, 0, 0, 0));

/** What is mutated. */
const SEEDS: readonly Uint8Array[] = [
  ipv4(50, esp(40)),
  ipv4(51, ah(50, esp(20))),
  ipv4(51, ah(4, ipv4(6, tcp({ flags: 0x12, options: OPTIONS }, data(4))))),
  ipv4(17, udp(4500, 4500, esp(20))),
  ipv4(17, udp(4500, 4500, new Uint8Array(40))),
  ipv4(17, udp(500, 500, data(40))),
  ipv4(17, udp(4500, 4500, Uint8Array.of(0xff))),
  ipv4(1, echo(8)),
  ipv4(1, icmpError(3, 4, 1400, ipv4(17, udp(1, 2, data(8))))),
  ipv6(0, ipv6Extension(60, ipv6Extension(44, ipv6Fragment(6, 0, true, tcp({}))))),
  ipv6(43, ipv6Extension(51, ah(17, udp(1, 2, data(8))))),
  ipv6(58, icmpv6(1, 4, 0, ipv6(17, udp(1, 2, data(8))))),
  ipv6(58, icmpv6(135, 0, 0, B6.octets)),
  ethernet(0x0806, arp(1)),
  ipv4(108, data(12)),
  ipv4(
    17,
    udp(500, 500, ike(1, 2, 0, { nextPayload: 10, body: Uint8Array.of(0, 0, 0, 8, 1, 2, 3, 4) })),
  ),
  ethernet(0x8100, join(Uint8Array.of(0, 5, 8, 0), ipv4(6, tcp({ flags: 2, options: OPTIONS })))),
  Uint8Array.from(IPV4_OPTIONS, (octet, at) => (at === 0 ? 0x48 : octet)),
  emitPcap(1, [
    { seconds: 1, nanoseconds: 2, originalLength: 9, packet: ethernet(0x0806, arp(2)) },
  ]),
];

/** Numbers below `bound`, the same every time (mulberry32). */
function numbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

type Draw = (bound: number) => number;

/** One string in eight is noise; the others are a seed after one to four changes. */
function octetsFrom(draw: Draw): Uint8Array {
  if (draw(8) === 0) return Uint8Array.from({ length: draw(100) }, () => draw(256));
  let octets: Uint8Array = (SEEDS[draw(SEEDS.length)] ?? data(0)).slice();
  for (let changes = 1 + draw(4); changes > 0; changes--) octets = changed(octets, draw);
  return octets;
}

function changed(octets: Uint8Array, draw: Draw): Uint8Array {
  const at = draw(octets.length + 1);
  switch (draw(5)) {
    case 0:
      return octets.slice(0, at);
    case 1:
      return octets.fill(EDGES[draw(EDGES.length)] ?? 0, at, at + 1 + draw(4));
    case 2:
      return join(octets.subarray(0, at), octets.subarray(draw(octets.length + 1))).slice(0, 400);
    case 3:
      return octets.fill(draw(256), at, at + 1);
    default:
      return octets.map((octet, k) => (k === at ? octet ^ (1 << draw(8)) : octet));
  }
}

/** Octets that sit at the edges of fields. */
const EDGES = [0x00, 0x01, 0x04, 0x06, 0x11, 0x2b, 0x32, 0x33, 0x45, 0x4f, 0x60, 0x7f, 0x80, 0xff];

const quoted = newIpHeader();

/** Every check with the accessors it opens; `at` and `length` as the data path would give them. */
function readAll(octets: Uint8Array, at: number): void {
  const length = octets.length - at;
  if (checkIpv4(octets, at, length) === null) {
    within(ipv4HeaderLength(octets, at), 20, ipv4TotalLength(octets, at));
    within(ipv4TotalLength(octets, at), 20, length);
    ipv4ChecksumHolds(octets, at);
    const copy = octets.slice();
    zeroMutableIpv4(copy, at);
    updateIpv4Checksum(copy, at);
    const headerEnd = at + ipv4HeaderLength(octets, at);
    expect(copy.subarray(headerEnd)).toEqual(octets.subarray(headerEnd));
  }
  if (checkIpv6(octets, at, length) === null) within(ipv6PayloadLength(octets, at), 0, length - 40);
  if (readQuotedIp(quoted, octets, at, length)) {
    within(quoted.nextLayerAt, at + 20, octets.length);
    within(quoted.fragmentOffset, 0, 65528);
  }
  if (checkIpv6Extension(octets, at, length) === null) {
    within(ipv6ExtensionLength(octets, at), 8, length);
  }
  if (checkIpv6Fragment(octets, at, length) === null) {
    within(ipv6FragmentOffset(octets, at), 0, 65528);
  }
  if (checkAh(octets, at, length) === null) within(ahHeaderLength(octets, at), 12, length);
  if (checkEsp(octets, at, length) === null) within(espSpi(octets, at), 1, 0xffffffff);
  if (checkEspTrailer(octets, at, octets.length) === null) {
    within(espPadLength(octets, octets.length), 0, length - 2);
    within(espNextHeader(octets, octets.length), 0, 255);
    espPaddingIsMonotonic(octets, octets.length);
  }
  if (checkUdp(octets, at, length) === null) within(udpLength(octets, at), 8, length);
  if (checkTcp(octets, at, length) === null) {
    within(tcpHeaderLength(octets, at), 20, Math.min(60, length));
    const option = findTcpOption(octets, at, TCP_OPTION.MAXIMUM_SEGMENT_SIZE);
    if (option !== -1) within(option, at + 20, at + tcpHeaderLength(octets, at) - 2);
  }
  if (checkIcmp(octets, at, length) === null) {
    within(icmpSecondWord(octets, at), 0, 0xffffffff);
    icmpChecksumHolds(octets, at, length);
  }
  if (checkEthernet(octets, at, length) === null) {
    within(ethernetType(octets, at), 0, 0xffff);
  }
  if (checkArp(octets, at, length) === null) within(arpOpcode(octets, at), 0, 0xffff);
}

/** As `expect`, which is too slow for a million numbers. */
function within(value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) throw new RangeError(`${least} <= ${value} <= ${most}`);
}

function printAll(octets: Uint8Array, draw: Draw): void {
  const linkType = LINK_TYPES[draw(LINK_TYPES.length)] ?? LINK_TYPE_OF.RAW;
  const wire = octets.length + draw(3) * 20;
  for (const each of new Set([LINK_TYPE_OF.RAW, LINK_TYPE_OF.ETHERNET, linkType])) {
    const layer = dissect(octets, each, wire);
    const line = formatLine(layer);
    if (BROKEN.test(line) || line.includes('\n')) throw new Error(line);
    const lines = formatLine(layer, VERBOSE);
    if (BROKEN.test(lines)) throw new Error(lines);
    for (const matches of MATCHERS) matches(layer);
  }
  const packet = new CapturedPacket(0, 0, wire, linkType, octets, 0, octets.length);
  packetToLine(packet, observe(dissectCaptured(packet)), '');
}

/** `[|null]` is a header that was cut. */
const BROKEN = /undefined|NaN|null(?!\])/;
const LINK_TYPES = Object.values(LINK_TYPE_OF);
const VERBOSE: LineStyle = { ...PLAIN, verbosity: 2, link: true, initiators: new IkeInitiators() };
const MATCHERS = ['esp or ah', 'ike', 'tcp port 1', 'src net 10.0.0.0/8'].map((text) => {
  const read = parseFilter(text);
  if ('problem' in read) throw new Error(text);
  return matcherOf(read.filter);
});

/** Says which octets did it. */
function during(octets: Uint8Array, action: () => void): void {
  try {
    action();
  } catch (cause) {
    throw new Error(`on ${Buffer.from(octets).toString('hex')}`, { cause });
  }
}

test(`no parser throws and no line is broken, in ${ROUNDS} rounds`, () => {
  const draw = numbers(0x19980401);
  for (let round = 0; round < ROUNDS; round++) {
    const octets = octetsFrom(draw);
    during(octets, () => {
      readAll(octets, draw(Math.min(octets.length + 1, 48)));
      printAll(octets, draw);
      parsePcap(octets);
    });
  }
});

test('the octets reach every kind of layer', () => {
  const draw = numbers(0x19980401);
  const seen = new Set<string>();
  for (let round = 0; round < 10_000; round++) {
    const octets = octetsFrom(draw);
    addKinds(dissect(octets, LINK_TYPE_OF.RAW), seen);
    addKinds(dissect(octets, LINK_TYPE_OF.ETHERNET), seen);
  }
  expect([...seen].sort()).toEqual(EVERY_KIND);
});

function addKinds(layer: Layer, seen: Set<string>): void {
  seen.add(layer.kind);
  if ('payload' in layer) addKinds(layer.payload, seen);
  if ('quoted' in layer && layer.quoted !== null) addKinds(layer.quoted, seen);
}

/** Without `too-deep`, which takes more octets than there are here. */
const EVERY_KIND: readonly Layer['kind'][] = [
  'ah',
  'arp',
  'esp',
  'ethernet',
  'icmp',
  'icmpv6',
  'ike',
  'ipcomp',
  'ipv4',
  'ipv6',
  'ipv6-extension',
  'ipv6-fragment',
  'later-fragment',
  'malformed',
  'nat-keepalive',
  'non-esp-marker',
  'opaque',
  'tcp',
  'truncated',
  'udp',
  'vlan',
];
