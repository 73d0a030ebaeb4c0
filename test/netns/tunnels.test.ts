/**
 * Both modes over both IP versions, and one version inside the other: what is said arrives, and the
 * wire shows none of it.
 *
 *     alice  wire0 10.9.0.1, fd09::1 ──── wire0 10.9.0.2, fd09::2  bob
 *            ipseald                  ▲                            ipseald
 *                                     └ tcpdump
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tcpdumpLines } from '../lab/capture.ts';
import { describeNetns } from '../lab/tier.ts';
import {
  ALICE_ADDRESS,
  BOB_ADDRESS,
  captureDuring,
  type Hosts,
  makeHosts,
  WIRE,
} from '../support/hosts.ts';
import { type Layer, layerChanges } from '../support/layers.ts';
import { containsMarker, exchange, newMarker, ping } from '../support/traffic.ts';

const ALICE_6 = 'fd09::1';
const BOB_6 = 'fd09::2';
const ENDS = { 4: [ALICE_ADDRESS, BOB_ADDRESS], 6: [ALICE_6, BOB_6] } as const;

interface Case {
  readonly name: string;
  /** Of what is said. */
  readonly version: 4 | 6;
  /** Innermost first. */
  readonly layers: readonly Layer[];
  /** All that tcpdump may show, of whatever is no fragment but the first. */
  readonly shows: RegExp;
}

const CASES: readonly Case[] = [
  {
    name: 'ESP and AH, transport mode, IPv6',
    version: 6,
    layers: [{ protocol: 'esp' }, { protocol: 'ah' }],
    shows: /^IP6 fd09::\d > fd09::\d: (frag \(0\|\d+\) )?AH\(/,
  },
  {
    name: 'ESP, tunnel mode, IPv4',
    version: 4,
    layers: [{ protocol: 'esp', tunnel: ENDS[4] }],
    shows: /^IP 10.9.0.\d > 10.9.0.\d: ESP\(/,
  },
  {
    name: 'ESP, tunnel mode, IPv6',
    version: 6,
    layers: [{ protocol: 'esp', tunnel: ENDS[6] }],
    shows: /^IP6 fd09::\d > fd09::\d: (frag \(0\|\d+\) )?ESP\(/,
  },
  {
    name: 'ESP, IPv6 in a tunnel over IPv4',
    version: 6,
    layers: [{ protocol: 'esp', tunnel: ENDS[4] }],
    shows: /^IP 10.9.0.\d > 10.9.0.\d: ESP\(/,
  },
  {
    name: 'ESP, IPv4 in a tunnel over IPv6',
    version: 4,
    layers: [{ protocol: 'esp', tunnel: ENDS[6] }],
    shows: /^IP6 fd09::\d > fd09::\d: (frag \(0\|\d+\) )?ESP\(/,
  },
  {
    name: 'IPComp and ESP in transport mode, AH as a tunnel around them, IPv6',
    version: 6,
    layers: [{ protocol: 'ipcomp' }, { protocol: 'esp' }, { protocol: 'ah', tunnel: ENDS[6] }],
    shows: /^IP6 fd09::\d > fd09::\d: (frag \(0\|\d+\) )?AH\(/,
  },
  {
    name: 'IPComp as a tunnel, ESP around it, IPv4',
    version: 4,
    layers: [{ protocol: 'ipcomp', tunnel: ENDS[4] }, { protocol: 'esp' }],
    shows: /^IP 10.9.0.\d > 10.9.0.\d: ESP\(/,
  },
];

/** Neighbour Discovery goes in the clear; later fragments are the tails of what was shown. */
const SHOWN =
  'not arp and not (icmp6 and ip6[40] >= 133 and ip6[40] <= 137) and ' +
  'not (ip and ip[6:2] & 0x1fff != 0) and not (ip6[6] = 44 and ip6[42:2] & 0xfff8 != 0) and ' +
  '(ip or ip6) and not ip6 multicast';

describeNetns('tunnels and transport mode', () => {
  let hosts: Hosts;

  beforeAll(async () => {
    hosts = await makeHosts();
    await hosts.alice.namespace.addAddress(WIRE, `${ALICE_6}/64`);
    await hosts.bob.namespace.addAddress(WIRE, `${BOB_6}/64`);
  });

  afterAll(async () => {
    await hosts?.dispose();
  });

  async function talk(version: 4 | 6, marker: Buffer): Promise<void> {
    const alice = hosts.alice.namespace;
    const bob = hosts.bob.namespace;
    const [aliceAddress, bobAddress] = ENDS[version];
    for (const [asking, answering, address] of [
      [alice, bob, bobAddress],
      [bob, alice, aliceAddress],
    ] as const) {
      for (const length of [56, 1300, 8000]) await ping(asking, address, { length, marker });
      await exchange({
        ...{ asking, answering, address, port: 5000, marker },
        ...{ tcpLength: 300_000, udpLengths: [1, 1300, 8000, 60_000] },
      });
    }
  }

  for (const of of CASES) {
    test(of.name, async () => {
      const changes = layerChanges({ between: ENDS[of.version], layers: of.layers });
      for (const side of ['alice', 'bob'] as const) {
        await hosts[side].ask((client) => client.commit(changes[side]));
      }
      const marker = newMarker();
      const discards = { alice: {}, bob: {} };
      const pcap = await captureDuring(hosts.bob, async () => {
        discards.alice = await hosts.alice.discardsDuring(async () => {
          discards.bob = await hosts.bob.discardsDuring(() => talk(of.version, marker));
        });
      });
      expect(containsMarker(pcap, marker)).toBe(false);
      const lines = await tcpdumpLines(pcap, ['-t', SHOWN]);
      expect(lines.filter((line) => !of.shows.test(line))).toEqual([]);
      expect(lines.length).toBeGreaterThan(100);
      const reasons = [...Object.keys(discards.alice), ...Object.keys(discards.bob)];
      expect(reasons.filter((reason) => reason !== 'out-too-big')).toEqual([]);
    });
  }
});
