/**
 * Junk at line rate: protected traffic goes on, `ipseald` neither ends nor grows, and counts.
 *
 *     alice  wire0 10.9.0.1 ──── wire0 10.9.0.2  bob
 *            ESP, and ESP in UDP                 and somebody who floods alice in his name
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Command } from '../lab/command.ts';
import { describeNetns } from '../lab/tier.ts';
import {
  ALICE_ADDRESS,
  BOB_ADDRESS,
  type Hosts,
  makeHosts,
  PYTHON,
  WIRE,
  waitUntil,
} from '../support/hosts.ts';
import { type Counted, newMarker, ping, startStream } from '../support/traffic.ts';

const FLOOD = fileURLToPath(new URL('../support/flood.py', import.meta.url));
const INNER = ['10.9.1.1', '10.9.1.2'] as const;
/** Of bob's SAs for ESP, and for ESP in UDP. */
const [SPI, SPI_IN_UDP] = [0x301, 0x303];
/** Sorts of junk by which every packet counts, and for what. */
const COUNTED = {
  'known SPI': 'in-state-proto-error',
  'known SPI in UDP': 'in-state-proto-error',
  'unknown SPI': 'in-no-states',
  'unknown SPI of AH': 'in-no-states',
  'unknown SPI in UDP': 'in-no-states',
  IKE: 'in-no-ike',
} as const;
/** Keepalives are forgotten, and of fragments nothing gets whole. */
const KINDS = [...Object.keys(COUNTED), 'keepalive', 'fragment'];
const STREAM_PORT = 7001;
const EACH = 500;
/** Octets that a heap may come and go by. */
const LEEWAY = 64 << 20;

const GCM = '-E aes-gcm-16 0x92a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5';
const SAS = `
add 10.9.0.1 10.9.0.2 esp 0x201 ${GCM};
add 10.9.0.2 10.9.0.1 esp 0x301 ${GCM};
add 10.9.0.1[4500] 10.9.0.2[4500] esp-udp 0x203 -m tunnel ${GCM};
add 10.9.0.2[4500] 10.9.0.1[4500] esp-udp 0x303 -m tunnel ${GCM};`;

function file(outbound: 'out' | 'in'): string {
  const inbound = outbound === 'out' ? 'in' : 'out';
  const [alice, bob] = INNER;
  return `flush; spdflush; ${SAS}
spdadd 10.9.0.1[4500] 10.9.0.2[4500] udp -P ${outbound} prio 1 none;
spdadd 10.9.0.2[4500] 10.9.0.1[4500] udp -P ${inbound} prio 1 none;
spdadd 10.9.0.1 10.9.0.2 any -P ${outbound} ipsec esp/transport//require;
spdadd 10.9.0.2 10.9.0.1 any -P ${inbound} ipsec esp/transport//require;
spdadd ${alice} ${bob} any -P ${outbound} ipsec esp/tunnel/10.9.0.1-10.9.0.2/require;
spdadd ${bob} ${alice} any -P ${inbound} ipsec esp/tunnel/10.9.0.2-10.9.0.1/require;`;
}

describeNetns('junk at line rate', () => {
  let hosts: Hosts;
  let streams: readonly Counted[];
  let mac = '';

  beforeAll(async () => {
    hosts = await makeHosts();
    const { alice, bob } = hosts;
    await alice.namespace.addAddress(WIRE, `${INNER[0]}/24`);
    await bob.namespace.addAddress(WIRE, `${INNER[1]}/24`);
    await alice.load(file('out'));
    await bob.load(file('in'));
    const link = await alice.namespace.ip('-o', 'link', 'show', 'dev', WIRE);
    mac = /link\/ether (\S+)/.exec(link)?.[1] ?? '';
    const stream = (to: string, port: number) =>
      startStream(bob.namespace, alice.namespace, to, port, newMarker());
    streams = [await stream(ALICE_ADDRESS, STREAM_PORT), await stream(INNER[0], STREAM_PORT + 1)];
  });

  afterAll(async () => {
    await hosts?.dispose();
  });

  /** Has alice get junk in bob's name. */
  function flood(options: { readonly each?: number; readonly burst?: number }): Command {
    const work = {
      ...{ device: WIRE, mac, source: BOB_ADDRESS, destination: ALICE_ADDRESS, ...options },
      ...{ kinds: KINDS, spi: SPI, spiInUdp: SPI_IN_UDP },
    };
    return hosts.bob.namespace.spawn([PYTHON, '-u', FLOOD, JSON.stringify(work)]);
  }

  /** Octets of memory that alice's ipseald takes. */
  function residentLength(): number {
    const status = readFileSync(`/proc/${hosts.alice.daemonPid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /** Both streams, over ESP and over ESP in UDP, bring so many answers more. */
  async function flows(answers: number): Promise<void> {
    const before = streams.map((stream) => stream.count());
    await waitUntil('answers in both streams', () =>
      streams.every((stream, k) => stream.count() >= (before[k] ?? 0) + answers),
    );
  }

  test('streams go on all the while, and nothing grows', async () => {
    await flows(50);
    const before = residentLength();
    const flooding = flood({});
    await flooding.until(/flooding/);
    await flows(20);
    await flows(20);
    await flooding.stop('SIGKILL');
    expect(residentLength() - before).toBeLessThan(LEEWAY);
    await flows(50);
    await ping(hosts.bob.namespace, ALICE_ADDRESS);
    await ping(hosts.alice.namespace, INNER[1]);
  });

  test('and every packet is counted, for the right reason', async () => {
    const { alice } = hosts;
    // What waits in sockets is counted before.
    await flows(20);
    const expected: Record<string, number> = {};
    for (const reason of Object.values(COUNTED)) expected[reason] = (expected[reason] ?? 0) + EACH;
    const sum = (counts: Readonly<Record<string, number>>) =>
      Object.values(counts).reduce((all, count) => all + count, 0);
    const before = sum(await alice.discards());
    const discards = await alice.discardsDuring(async () => {
      const flooding = flood({ each: EACH, burst: 20 });
      await flooding.until(/sent \d+/);
      await waitUntil('all counted', async () => {
        return sum(await alice.discards()) >= before + sum(expected);
      });
      await flows(20);
    });
    expect(discards).toEqual(expected);
  });
});
