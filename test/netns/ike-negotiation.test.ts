/**
 * Two hosts without ESP in their kernels: the first packet that a policy protects has them negotiate.
 *
 *     alice 10.9.0.1 ──── 10.9.0.2 bob, each with a racoon.conf, a psk.txt, and policies for everything
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { collect } from '../../src/ipsec/backend.ts';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../lab/cleanup.ts';
import type { Command } from '../lab/command.ts';
import { describeNetns } from '../lab/tier.ts';
import {
  captureDuring,
  type Hosts,
  makeHosts,
  type TestHost,
  unprotectedLines,
  waitUntil,
} from '../support/hosts.ts';
import { startIke } from '../support/ike-daemon.ts';
import { ping } from '../support/traffic.ts';

const racoonConf = (peer: string) => `
remote ${peer} {
  exchange_mode main;
  proposal {
    encryption_algorithm aes;
    hash_algorithm sha256;
    authentication_method pre_shared_key;
    dh_group 14;
  }
}
sainfo anonymous {
  pfs_group 14;
  encryption_algorithm aes;
  authentication_algorithm hmac_sha256;
  compression_algorithm deflate;
}`;

const policies = (own: string, peer: string) => `
spdadd ${own} ${peer} any -P out ipsec esp/transport//require;
spdadd ${peer} ${own} any -P in ipsec esp/transport//require;`;

describeNetns('IKE of two hosts with userspace data planes', () => {
  let hosts: Hosts;
  let folder: TemporaryDirectory;
  const daemons = new Map<TestHost, Command>();

  beforeAll(async () => {
    folder = makeTemporaryDirectory();
    hosts = await makeHosts([]);
    const { alice, bob } = hosts;
    const peers: readonly (readonly [TestHost, TestHost])[] = [
      [alice, bob],
      [bob, alice],
    ];
    for (const [host, { address }] of peers) {
      const texts = { conf: racoonConf(address), psk: `${address} open sesame\n` };
      daemons.set(host, await startIke(host, texts, folder));
      await host.load(policies(host.address, address));
    }
  });

  afterAll(async () => {
    await hosts?.dispose();
    folder?.remove();
  });

  const sasOf = (host: TestHost) => host.ask((client) => collect(client.sas()));

  test('the first ping has them negotiate, and the others go protected', async () => {
    const { alice, bob } = hosts;
    const pcap = await captureDuring(bob, async () => {
      await alice.namespace.run(['ping', '-c', '1', '-W', '1', bob.address]);
      await daemons.get(alice)?.until(/phase2-established/);
      await daemons.get(bob)?.until(/phase2-established/);
      await ping(alice.namespace, bob.address);
      await ping(bob.namespace, alice.address);
    });
    const clear = (await unprotectedLines(pcap)).filter((line) => !line.includes('isakmp'));
    expect(clear).toEqual([]);
    const spis = async (host: TestHost) =>
      (await sasOf(host)).map(({ parameters }) => parameters.spi).sort();
    expect(await spis(alice)).toHaveLength(2);
    expect(await spis(bob)).toEqual(await spis(alice));
  });

  test('who ends says goodbye, and its peer forgets', async () => {
    const { alice, bob } = hosts;
    expect((await daemons.get(alice)?.stop('SIGTERM', 10_000))?.status).toBe(0);
    await daemons.get(bob)?.until(/phase1-deleted deleted-by-peer/);
    await waitUntil('the end of the SAs', async () => (await sasOf(bob)).length === 0);
  });
});
