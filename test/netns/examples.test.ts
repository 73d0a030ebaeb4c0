/**
 * The examples carry traffic between two hosts, and the wire shows none of it.
 *
 *     alice  wire0 10.9.0.1 ──── wire0 10.9.0.2  bob
 *            ipseald        ▲                    ipseald
 *                           └ tcpdump
 *
 * @module
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { collect } from '../../src/ipsec/backend.ts';
import { tcpdumpLines } from '../lab/capture.ts';
import type { CommandResult } from '../lab/command.ts';
import { describeNetns } from '../lab/tier.ts';
import { type ExamplePair, GAZETTE, sharedExample, sharedPath } from '../support/examples.ts';
import {
  captureDuring,
  type Hosts,
  makeHosts,
  type TestHost,
  unprotectedLines,
} from '../support/hosts.ts';
import { containsMarker, exchange, newMarker, ping } from '../support/traffic.ts';

const PORT = 5000;
/** The port that the per-port example protects, on alice. */
const VNC_PORT = 5901;
const TCP_LENGTH = 2 << 20;
const UDP_LENGTHS = [1, 100, 1400, 8000];

/** Both ways: who begins, and who answers. */
function ways({ alice, bob }: Hosts): readonly { asking: TestHost; answering: TestHost }[] {
  return [
    { asking: alice, answering: bob },
    { asking: bob, answering: alice },
  ];
}

describeNetns('examples', () => {
  let hosts: Hosts;

  beforeAll(async () => {
    hosts = await makeHosts();
  });

  afterAll(async () => {
    await hosts?.dispose();
  });

  async function load(pair: ExamplePair): Promise<void> {
    await hosts.alice.loadFile(pair.alice);
    await hosts.bob.loadFile(pair.bob);
  }

  /** Pings of three sizes, a TCP stream and UDP datagrams, begun by either host. */
  async function talk(marker: Buffer): Promise<void> {
    for (const { asking, answering } of ways(hosts)) {
      for (const length of [56, 1400, 8000]) {
        await ping(asking.namespace, answering.address, { length, marker });
      }
      await exchange({
        asking: asking.namespace,
        answering: answering.namespace,
        address: answering.address,
        port: PORT,
        marker,
        tcpLength: TCP_LENGTH,
        udpLengths: UDP_LENGTHS,
      });
    }
  }

  test('without policies the wire shows what is said: the marker is found', async () => {
    const marker = newMarker();
    const pcap = await captureDuring(hosts.bob, () => talk(marker));
    expect(containsMarker(pcap, marker)).toBe(true);
    expect(await unprotectedLines(pcap)).not.toEqual([]);
  });

  const wholly: readonly (readonly [string, ExamplePair | null])[] = [
    ['gazette, as shipped', GAZETTE],
    ['gazette', sharedExample('gazette')],
    ['howto', sharedExample('howto')],
    ['lartc', sharedExample('lartc')],
  ];
  for (const [name, pair] of wholly) {
    test.skipIf(pair === null)(
      `${name}: every packet arrives unaltered, inside AH and ESP`,
      async () => {
        if (pair === null) return;
        await load(pair);
        const marker = newMarker();
        const discards = { alice: {}, bob: {} };
        const pcap = await captureDuring(hosts.bob, async () => {
          discards.alice = await hosts.alice.discardsDuring(async () => {
            discards.bob = await hosts.bob.discardsDuring(() => talk(marker));
          });
        });
        expect(await unprotectedLines(pcap)).toEqual([]);
        expect(containsMarker(pcap, marker)).toBe(false);
        // AH outside, ESP inside, in each packet that is not the tail of a fragmented one.
        const bare = 'ip and ip[6:2] & 0x1fff = 0 and not (proto 51 and ip[20] = 50)';
        expect(await tcpdumpLines(pcap, ['-t', bare])).toEqual([]);
        const first = await tcpdumpLines(pcap, ['-t', '-c', '100', 'ip']);
        expect(first).toHaveLength(100);
        expect(first[0]).toMatch(/^IP 10.9.0.1 > 10.9.0.2: AH\(spi=.*\): ESP\(spi=.*,seq=0x1\)/);
        // By packets that are too big TCP learns how much fits under AH and ESP.
        const reasons = [...Object.keys(discards.alice), ...Object.keys(discards.bob)];
        expect(reasons.filter((reason) => reason !== 'out-too-big')).toEqual([]);
      },
    );
  }

  test('a packet that must not be cut up is told how much fits under AH and ESP', async () => {
    const { alice, bob } = hosts;
    await load(GAZETTE);
    // What earlier packets taught the kernel.
    await alice.namespace.ip('route', 'flush', 'cache');
    const strictly = (length: number): Promise<CommandResult> => {
      const options = ['-n', '-c', '1', '-W', '10', '-M', 'do', '-s', `${length}`];
      return alice.namespace.run(['ping', ...options, bob.address]);
    };
    const [LONGEST, ICMP_AND_IP] = [1472, 28];
    const refused = await strictly(LONGEST);
    const mtu = Number(/Frag needed and DF set \(mtu = (\d+)\)/.exec(refused.stdout)?.[1]);
    expect(refused.status).toBe(1);
    expect(await strictly(mtu - ICMP_AND_IP)).toMatchObject({ status: 0 });
    const tooLong = await strictly(mtu - ICMP_AND_IP + 1);
    expect(tooLong.stderr).toContain(`message too long, mtu=${mtu}`);
    // One octet more would indeed not fit: AES pads to whole blocks.
    const pcap = await captureDuring(bob, () => strictly(mtu - ICMP_AND_IP));
    const [sent] = await tcpdumpLines(pcap, ['-tv', `ip and src ${alice.address}`]);
    expect(Number(/length (\d+)\)/.exec(sent ?? '')?.[1])).toBeGreaterThan(1500 - 16);
  });

  const perPort = sharedExample('per-port');
  test.skipIf(perPort === null)(
    'per-port: port 5901 of alice talks in ESP, whoever begins; everything else in the clear',
    async () => {
      if (perPort === null) return;
      const { alice, bob } = hosts;
      await load(perPort);
      const sealed = newMarker();
      const tcp = { marker: sealed, tcpLength: TCP_LENGTH, udpLengths: [] };
      const pcap = await captureDuring(bob, async () => {
        await exchange({
          ...tcp,
          asking: bob.namespace,
          answering: alice.namespace,
          address: alice.address,
          port: VNC_PORT,
        });
        await exchange({
          ...tcp,
          asking: alice.namespace,
          answering: bob.namespace,
          address: bob.address,
          port: PORT,
          sourcePort: VNC_PORT,
        });
      });
      expect(await unprotectedLines(pcap)).toEqual([]);
      expect(containsMarker(pcap, sealed)).toBe(false);
      expect((await tcpdumpLines(pcap, ['esp'])).length).toBeGreaterThan(100);

      const open = newMarker();
      const clear = await captureDuring(bob, async () => {
        await talk(open);
        // The same number on bob's side is another port.
        await exchange({
          asking: alice.namespace,
          answering: bob.namespace,
          address: bob.address,
          port: VNC_PORT,
          marker: open,
          tcpLength: 1000,
          udpLengths: [],
        });
      });
      expect(containsMarker(clear, open)).toBe(true);
      expect(await tcpdumpLines(clear, ['-t', 'proto 50 or proto 51'])).toEqual([]);
    },
  );

  const dangerous = sharedPath('examples', 'lartc', 'one-way-dangerous.setkey.conf');
  test.skipIf(dangerous === null)(
    'lartc, one way only: it loads, with a warning that names the missing policy',
    async () => {
      if (dangerous === null) return;
      const { alice } = hosts;
      await alice.load('flush; spdflush;');
      for (const args of [
        ['-n', '-f', dangerous],
        ['-f', dangerous],
      ]) {
        const { status, stderr, stdout } = await alice.setkey(args);
        expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
        expect(stderr).toContain(
          'warning: packets to 10.9.0.2 are protected, and no policy asks the same of those from 10.9.0.2',
        );
        expect(stderr).toContain('spdadd 10.9.0.2 10.9.0.1 any -P in ipsec');
      }
      expect(await alice.ask((client) => collect(client.sas()))).toHaveLength(2);
      expect(await alice.ask((client) => collect(client.policies()))).toHaveLength(1);
    },
  );
});
