import { describe, expect, test } from 'vitest';
import { DataPath, memoryFor } from '../../test/support/data-path.ts';
import {
  ALICE,
  ALICE6,
  address,
  BOB,
  BOB6,
  countedOctets,
  ipPacket,
  ipv4Packet,
  ipv6Packet,
  type UdpParts,
  udpPacket,
} from '../../test/support/packets.ts';
import { addPolicy, addSa, espSa, networkPolicy, protect, tunnel } from '../../test/support/sas.ts';
import { nodeProvider } from '../crypto/node-provider.ts';
import { ipAddressAt } from '../net/ip-address.ts';
import { newIpHeader, readIp } from '../wire/ip.ts';
import {
  ipv4ChecksumHolds,
  ipv4DontFragment,
  ipv4Identification,
  ipv4Ttl,
  ipv4TypeOfService,
} from '../wire/ipv4.ts';
import { ipv6FlowLabel, ipv6HopLimit, ipv6TrafficClass } from '../wire/ipv6.ts';
import { carryCongestion, forbidsFragments, tunnelledVersion } from './tunnel.ts';

const NETWORKS = {
  4: ['10.1.0.0/16', '10.2.0.0/16'],
  6: ['2001:db8:1::/48', '2001:db8:2::/48'],
} as const;
const INSIDE = {
  4: { source: address('10.1.0.9'), destination: address('10.2.0.9') },
  6: { source: address('2001:db8:1::9'), destination: address('2001:db8:2::9') },
} as const;
const ENDS = { 4: [ALICE, BOB], 6: [ALICE6, BOB6] } as const;

/** A gateway at Alice's place with a tunnel between addresses of `outer`. */
function gateway(outer: 4 | 6): DataPath {
  const [source, destination] = ENDS[outer];
  const path = new DataPath(nodeProvider({ octets: new Uint8Array(memoryFor(4096)) }));
  const action = protect(tunnel('esp', source, destination));
  path.commit(
    addSa(espSa({ source, destination, mode: 'tunnel' })),
    addPolicy(networkPolicy('outbound', action, ...NETWORKS[4])),
    addPolicy(networkPolicy('outbound', action, ...NETWORKS[6])),
  );
  return path;
}

const inner = (version: 4 | 6, parts: UdpParts = {}) =>
  udpPacket(countedOctets(64), { ...INSIDE[version], ...parts });

describe.each([
  [4, 4],
  [4, 6],
  [6, 4],
  [6, 6],
] as const)('the outer header of IPv%i around IPv%i', (outer, version) => {
  const sealed = (parts: UdpParts = {}) => gateway(outer).seal(inner(version, parts));

  test('goes between the ends of the tunnel and says ESP', () => {
    const packet = sealed();
    const header = newIpHeader();
    expect(readIp(header, packet, 0, packet.length)).toBe(true);
    expect(header).toMatchObject({
      ...{ version: outer, nextLayerProtocol: 50, isFragment: false },
      totalLength: packet.length,
    });
    expect([
      ipAddressAt(outer, packet, header.sourceAt),
      ipAddressAt(outer, packet, header.destinationAt),
    ]).toEqual(ENDS[outer]);
    if (outer === 4) expect(ipv4ChecksumHolds(packet, 0)).toBe(true);
  });

  test('has a time to live of its own, and no flow label (RFC 4301 §5.1.2)', () => {
    const packet = sealed();
    expect(outer === 4 ? ipv4Ttl(packet, 0) : ipv6HopLimit(packet, 0)).toBe(64);
    if (outer === 6) expect(ipv6FlowLabel(packet, 0)).toBe(0);
  });

  test('has the DSCP and the ECN of the inner one (RFC 6040 §4.1)', () => {
    for (let trafficClass = 0; trafficClass < 256; trafficClass++) {
      const packet = sealed({ trafficClass });
      const found = outer === 4 ? ipv4TypeOfService(packet, 0) : ipv6TrafficClass(packet, 0);
      expect(found).toBe(trafficClass);
    }
  });
});

describe("DF of an outer IPv4 header is the inner packet's (RFC 4301 §8.1)", () => {
  test.each([true, false])('%o in IPv4', (dontFragment) => {
    const packet = gateway(4).seal(inner(4, { dontFragment }));
    expect(ipv4DontFragment(packet, 0)).toBe(dontFragment);
    // It is numbered in any case: we may cut what routers must not (RFC 6864 §4.2).
    expect(ipv4Identification(packet, 0)).not.toBe(0);
  });

  test('of IPv6, packets longer than 1280 octets forbid it (RFC 2473 §7.1)', () => {
    const of = (length: number) => ipPacket({ ...INSIDE[6], payload: countedOctets(length - 40) });
    expect(ipv4DontFragment(gateway(4).seal(of(1280)), 0)).toBe(false);
    expect(ipv4DontFragment(gateway(4).seal(of(1281)), 0)).toBe(true);
  });

  test('and packets that may be cut are numbered differently', () => {
    const path = gateway(4);
    const numbers = Array.from({ length: 100 }, () => ipv4Identification(path.seal(inner(4)), 0));
    expect(new Set(numbers).size).toBe(100);
  });

  test('forbidsFragments() says so', () => {
    const four = ipv4Packet({ dontFragment: true });
    expect(forbidsFragments(four, 0, four.length, 4)).toBe(true);
    const six = ipv6Packet({});
    expect(forbidsFragments(six, 0, 1280, 6)).toBe(false);
    expect(forbidsFragments(six, 0, 1281, 6)).toBe(true);
  });
});

describe('ECN at the end of the tunnel (RFC 6040 §4.2, figure 4)', () => {
  const [NOT_ECT, ECT_1, ECT_0, CE] = [0, 1, 2, 3];
  const DROP = null;

  test.each([
    // inner, then what becomes of it under outer Not-ECT, ECT(0), ECT(1), CE
    ['Not-ECT', NOT_ECT, [NOT_ECT, NOT_ECT, NOT_ECT, DROP]],
    ['ECT(0)', ECT_0, [ECT_0, ECT_0, ECT_1, CE]],
    ['ECT(1)', ECT_1, [ECT_1, ECT_1, ECT_1, CE]],
    ['CE', CE, [CE, CE, CE, CE]],
  ])('of an inner %s', (_, arriving, expected) => {
    for (const version of [4, 6] as const) {
      for (const [k, outer] of [NOT_ECT, ECT_0, ECT_1, CE].entries()) {
        const dscp = 0xb8;
        const packet = inner(version, { trafficClass: dscp | arriving });
        const kept = carryCongestion(packet, 0, version, 0x48 | outer);
        expect(kept).toBe(expected[k] !== DROP);
        if (!kept) continue;
        // The outer DSCP stays outside.
        const outgoing = inner(version, { trafficClass: dscp | (expected[k] ?? 0) });
        expect(packet).toEqual(outgoing);
      }
    }
  });
});

test('tunnelledVersion() knows the protocols of IP in IP', () => {
  expect([4, 41, 50, 59, 0].map(tunnelledVersion)).toEqual([4, 6, null, null, null]);
});
