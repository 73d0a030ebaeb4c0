/**
 * What `ipseal keygen pair` makes carries traffic at once, between two hosts that run `ipseald`.
 *
 *     alice  wire0 10.9.0.1, fd09::1 ──── wire0 10.9.0.2, fd09::2  bob
 *     lo 10.1.0.1                    ▲                    lo 10.2.0.1
 *                                    └ tcpdump
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostPair } from '../../src/config/setkey/host-pair.ts';
import { hostFileText } from '../../src/config/setkey/host-pair-text.ts';
import { tcpdumpLines } from '../lab/capture.ts';
import { describeNetns } from '../lab/tier.ts';
import { captureDuring, type Hosts, makeHosts, WIRE } from '../support/hosts.ts';
import { PAIR_PLANS, type PairCase, UDP_PAIR } from '../support/pair-plans.ts';
import { containsMarker, newMarker, ping } from '../support/traffic.ts';

describeNetns('the files of ipseal keygen pair', () => {
  let hosts: Hosts;

  beforeAll(async () => {
    hosts = await makeHosts();
    const { alice, bob } = hosts;
    for (const [host, own, inner, other, gateway] of [
      [alice, 'fd09::1', '10.1.0.1', '10.2.0.0/16', bob.address],
      [bob, 'fd09::2', '10.2.0.1', '10.1.0.0/16', alice.address],
    ] as const) {
      await host.namespace.ip('address', 'add', `${own}/64`, 'dev', WIRE, 'nodad');
      await host.namespace.ip('address', 'add', `${inner}/32`, 'dev', 'lo');
      await host.namespace.ip('route', 'add', other, 'via', gateway, 'src', inner);
    }
  });

  afterAll(async () => {
    await hosts?.dispose();
  });

  test.each<PairCase>([...PAIR_PLANS, UDP_PAIR])('$name', async ({ plan, to, shows }) => {
    const { alice, bob } = hosts;
    const [a, b] = hostPair(plan, (length) => new Uint8Array(randomBytes(length))).map(
      hostFileText,
    );
    await Promise.all([alice.load(a ?? ''), bob.load(b ?? '')]);
    const marker = newMarker();
    const pcap = await captureDuring(bob, () => ping(alice.namespace, to, { marker }));
    expect(containsMarker(pcap, marker)).toBe(false);
    const lines = await tcpdumpLines(pcap, [
      '-nt',
      '(ip or ip6) and not ip6 multicast and not (icmp6 and ip6[40] >= 130)',
    ]);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.filter((line) => !shows.test(line))).toEqual([]);
  });
});
