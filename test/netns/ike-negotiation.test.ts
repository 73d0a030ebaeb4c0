/**
 * Two hosts without ESP in their kernels: the first packet that a policy protects has them negotiate, and
 * goes when they have.
 *
 *     alice 10.9.0.1 ──── 10.9.0.2 bob, each with a racoon.conf, a psk.txt, and policies for everything
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeNetns } from '../lab/tier.ts';
import { captureDuring, type TestHost, unprotectedLines, waitUntil } from '../support/hosts.ts';
import { makeNegotiatingHosts, type NegotiatingHosts } from '../support/ike-daemon.ts';
import { exchange, forbidRepeatedSyn, newMarker, ping } from '../support/traffic.ts';

describeNetns('IKE of two hosts with userspace data planes', () => {
  let hosts: NegotiatingHosts;

  beforeAll(async () => {
    hosts = await makeNegotiatingHosts();
  });

  afterAll(async () => {
    await hosts?.dispose();
  });

  test('the first ping has them negotiate, and goes protected as the others do', async () => {
    const { alice, bob } = hosts;
    const pcap = await captureDuring(bob, async () => {
      await ping(alice.namespace, bob.address, { waitSeconds: 25 });
      await hosts.daemonOf(alice).until(/phase2-established/);
      await hosts.daemonOf(bob).until(/phase2-established/);
      await ping(alice.namespace, bob.address);
      await ping(bob.namespace, alice.address);
    });
    const clear = (await unprotectedLines(pcap)).filter((line) => !line.includes('isakmp'));
    expect(clear).toEqual([]);
    const spis = async (host: TestHost) =>
      (await hosts.sasOf(host)).map(({ parameters }) => parameters.spi).sort();
    expect(await spis(alice)).toHaveLength(2);
    expect(await spis(bob)).toEqual(await spis(alice));
  });

  test('a TCP connection comes about though its first packet finds no SA', async () => {
    const { alice, bob } = hosts;
    await alice.load('flush;');
    const count = async (host: TestHost) => (await hosts.sasOf(host)).length;
    await waitUntil('the end of the SAs', async () => (await count(bob)) === 0);
    const allowed = await Promise.all(
      [alice, bob].map(({ namespace }) => forbidRepeatedSyn(namespace)),
    );
    await exchange({
      ...{ asking: alice.namespace, answering: bob.namespace, address: bob.address, port: 5001 },
      ...{ marker: newMarker(), tcpLength: 10_000, udpLengths: [100] },
    });
    expect([await count(alice), await count(bob)]).toEqual([2, 2]);
    for (const allow of allowed) await allow();
  });

  test('who ends says goodbye, and its peer forgets', async () => {
    const { alice, bob } = hosts;
    expect((await hosts.daemonOf(alice).stop('SIGTERM', 10_000)).status).toBe(0);
    await hosts.daemonOf(bob).until(/phase1-deleted deleted-by-peer/);
    await waitUntil('the end of the SAs', async () => (await hosts.sasOf(bob)).length === 0);
  });
});
