/**
 * Two hosts without ESP in their kernels: the first packet that a policy protects has them negotiate.
 *
 *     alice 10.9.0.1 ──── 10.9.0.2 bob, each with a racoon.conf, a psk.txt, and policies for everything
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeNetns } from '../lab/tier.ts';
import { captureDuring, type TestHost, unprotectedLines, waitUntil } from '../support/hosts.ts';
import { makeNegotiatingHosts, type NegotiatingHosts } from '../support/ike-daemon.ts';
import { ping } from '../support/traffic.ts';

describeNetns('IKE of two hosts with userspace data planes', () => {
  let hosts: NegotiatingHosts;

  beforeAll(async () => {
    hosts = await makeNegotiatingHosts();
  });

  afterAll(async () => {
    await hosts?.dispose();
  });

  test('the first ping has them negotiate, and the others go protected', async () => {
    const { alice, bob } = hosts;
    const pcap = await captureDuring(bob, async () => {
      await alice.namespace.run(['ping', '-c', '1', '-W', '1', bob.address]);
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

  test('who ends says goodbye, and its peer forgets', async () => {
    const { alice, bob } = hosts;
    expect((await hosts.daemonOf(alice).stop('SIGTERM', 10_000)).status).toBe(0);
    await hosts.daemonOf(bob).until(/phase1-deleted deleted-by-peer/);
    await waitUntil('the end of the SAs', async () => (await hosts.sasOf(bob)).length === 0);
  });
});
