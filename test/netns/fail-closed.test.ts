/**
 * What is to be protected is never seen in the clear, and nothing forged gets in: not before there
 * are SAs, not while policies are replaced, not when `ipseald` ends, is killed or begins anew.
 *
 *     alice  wire0 10.9.0.1 ──── wire0 10.9.0.2  bob, the peer
 *            ipseald         ▲        10.9.0.3  another host, of whom no policy speaks
 *            that is killed  │        ipseald, and a forger next to it
 *                            └ tcpdump, all the time
 *
 * @module
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { collect } from '../../src/ipsec/backend.ts';
import { type Capture, startCapture, tcpdumpLines } from '../lab/capture.ts';
import { describeNetns } from '../lab/tier.ts';
import {
  ALICE_ADDRESS,
  BOB_ADDRESS,
  captureDuring,
  type Hosts,
  makeHosts,
  SNAP_LENGTH,
  unprotectedLines,
  WIRE,
  waitUntil,
} from '../support/hosts.ts';
import { ALICE, BOB, ipv4Packet, udpPacket } from '../support/packets.ts';
import { sendRaw } from '../support/scapy-ipsec.ts';
import {
  type Counted,
  containsMarker,
  exchange,
  type Listener,
  newMarker,
  ping,
  startDatagrams,
  startForging,
  startListener,
} from '../support/traffic.ts';

const OTHER_ADDRESS = '10.9.0.3';
const PORT = 7000;
/** How often each sender has to try before a state counts as tested. */
const ATTEMPTS = 25;
const RELOADS = 20;

const ESP_KEYS = '-E aes-cbc 0x92a3b4c5d6e7f8091a2b3c4d5e6f7081';
const AH_KEYS = '-A hmac-sha256 0x5d3ea0b8f3a7b1a0a0f8c6e7d1c2b3a495867768594a3b2c1d0e9f8a7b6c5d4e';

// Without replay protection: alice's sequence numbers begin anew with every reload, bob's do not.
const SAS = `
add 10.9.0.1 10.9.0.2 ah 0x200 ${AH_KEYS};
add 10.9.0.2 10.9.0.1 ah 0x300 ${AH_KEYS};
add 10.9.0.1 10.9.0.2 esp 0x201 ${ESP_KEYS};
add 10.9.0.2 10.9.0.1 esp 0x301 ${ESP_KEYS};`;

/** Alice's, or bob's when the directions are swapped. */
function policies(outbound: 'out' | 'in'): string {
  const inbound = outbound === 'out' ? 'in' : 'out';
  return `
spdadd 10.9.0.1 10.9.0.2 any -P ${outbound} ipsec esp/transport//require ah/transport//require;
spdadd 10.9.0.2 10.9.0.1 any -P ${inbound} ipsec esp/transport//require ah/transport//require;`;
}

const FLUSH = 'flush; spdflush;';
const ALICE_FILE = `${FLUSH}${SAS}${policies('out')}`;
const BOB_FILE = `${FLUSH}${SAS}${policies('in')}`;

describeNetns('fail closed', () => {
  let hosts: Hosts;
  let wire: Capture;
  let senders: readonly Counted[];
  let atAlice: Listener;
  let atBob: Listener;
  const fromAlice = newMarker();
  const fromBob = newMarker();
  const pinged = newMarker();
  const forged = newMarker();

  beforeAll(async () => {
    hosts = await makeHosts();
    const alice = hosts.alice.namespace;
    const bob = hosts.bob.namespace;
    await bob.addAddress(WIRE, `${OTHER_ADDRESS}/24`);
    atAlice = await startListener(alice, PORT);
    atBob = await startListener(bob, PORT);
    const forgery = udpPacket(forged, { source: BOB, destination: ALICE, destinationPort: PORT });
    senders = [
      await startDatagrams(alice, BOB_ADDRESS, PORT, fromAlice),
      await startDatagrams(bob, ALICE_ADDRESS, PORT, fromBob),
      await startForging(bob, WIRE, { namespace: alice, device: WIRE }, forgery),
    ];
    const pattern = pinged.toString('hex');
    alice.spawn(['ping', '-q', '-i', '0.01', '-p', pattern, BOB_ADDRESS]);
  });

  afterAll(async () => {
    await hosts?.dispose();
  });

  /** Every sender sends a while. */
  async function trafficGoesOn(): Promise<void> {
    const before = senders.map((sender) => sender.count());
    await waitUntil('attempts to send', () =>
      senders.every((sender, k) => sender.count() >= (before[k] ?? 0) + ATTEMPTS),
    );
  }

  /** Nothing forged gets to alice, and nobody else is affected. The wire is judged at the end. */
  async function isClosed(): Promise<void> {
    const alice = hosts.alice.namespace;
    const before = atAlice.count(forged);
    await trafficGoesOn();
    for (const address of ['127.0.0.1', ALICE_ADDRESS, OTHER_ADDRESS]) await ping(alice, address);
    expect(atAlice.count(forged)).toBe(before);
  }

  /** Both receive what the other sends. */
  async function flows(): Promise<void> {
    const before = [atAlice.count(fromBob), atBob.count(fromAlice)] as const;
    await waitUntil(
      'protected datagrams both ways',
      () => atAlice.count(fromBob) > before[0] + 5 && atBob.count(fromAlice) > before[1] + 5,
    );
  }

  test('without policies everything arrives, forged or not, in the clear', async () => {
    const pcap = await captureDuring(hosts.alice, async () => {
      await flows();
      await waitUntil('what was forged', () => atAlice.count(forged) > 0);
    });
    for (const marker of [fromAlice, fromBob, pinged, forged]) {
      expect(containsMarker(pcap, marker)).toBe(true);
    }
  });

  test('with policies but no SAs nothing leaves, and the reason is out-no-states', async () => {
    await hosts.bob.load(BOB_FILE);
    await hosts.alice.load(`${FLUSH}${policies('out')}`);
    wire = await startCapture(hosts.alice.namespace, WIRE, { snapLength: SNAP_LENGTH });
    const discards = await hosts.alice.discardsDuring(isClosed);
    expect(discards).toMatchObject({
      'out-no-states': expect.any(Number),
      'in-tmpl-mismatch': expect.any(Number),
      'in-no-states': expect.any(Number),
    });
  });

  test('with SAs what was refused begins to flow, and what is forged is not seen', async () => {
    await hosts.alice.load(ALICE_FILE);
    await flows();
    await isClosed();
  });

  test(`${RELOADS} reloads under traffic interrupt nothing`, async () => {
    for (let count = 0; count < RELOADS; count += 1) await hosts.alice.load(ALICE_FILE);
    await flows();
    await isClosed();
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    test(`after ${signal} to ipseald nothing goes in or out`, async () => {
      const { status } = await hosts.alice.stopDaemon(signal);
      expect(status).toBe(signal === 'SIGTERM' ? 0 : 128 + 9);
      await isClosed();
      const before = [atAlice.count(fromBob), atBob.count(fromAlice)];
      await trafficGoesOn();
      expect([atAlice.count(fromBob), atBob.count(fromAlice)]).toEqual(before);
    });

    test(`an ipseald started after ${signal} lets nothing pass before it has policies`, async () => {
      await hosts.alice.startDaemon();
      await isClosed();
      expect(await hosts.alice.ask((client) => collect(client.policies()))).toEqual([]);
    });

    test(`with the policies loaded after ${signal} traffic flows again, protected`, async () => {
      await hosts.alice.load(ALICE_FILE);
      await flows();
      await isClosed();
    });
  }

  test('in all this time not one packet of alice to bob was in the clear', async () => {
    const pcap = await wire.stop();
    const alices = `ip and src ${ALICE_ADDRESS} and dst ${BOB_ADDRESS}`;
    expect(await tcpdumpLines(pcap, ['-t', `${alices} and not proto 51`])).toEqual([]);
    for (const marker of [fromAlice, fromBob, pinged]) {
      expect(containsMarker(pcap, marker)).toBe(false);
    }
    // There was something to see.
    expect((await tcpdumpLines(pcap, [`${alices} and proto 51`])).length).toBeGreaterThan(100);
    expect(containsMarker(pcap, forged)).toBe(true);
  });

  test('after ipseald --release packets go in the clear, as it says', async () => {
    await hosts.alice.stopDaemon();
    await hosts.bob.load(FLUSH);
    await hosts.alice.release();
    const before = atAlice.count(forged);
    const pcap = await captureDuring(hosts.alice, async () => {
      await flows();
      await waitUntil('what was forged', () => atAlice.count(forged) > before);
    });
    expect(containsMarker(pcap, fromAlice)).toBe(true);
    expect(containsMarker(pcap, pinged)).toBe(true);
  });

  test('ipseald --release is content when there is nothing left to remove', async () => {
    await hosts.alice.release();
  });
});

describeNetns('fail closed, with policies for a port', () => {
  const PROTECTED_PORT = 5000;
  const OPEN_PORT = 6000;
  let hosts: Hosts;

  beforeAll(async () => {
    hosts = await makeHosts();
    const rule = 'ipsec esp/transport//require ah/transport//require';
    const there = `10.9.0.1[any] 10.9.0.2[${PROTECTED_PORT}]`;
    const back = `10.9.0.2[${PROTECTED_PORT}] 10.9.0.1[any]`;
    const file = (outbound: string, inbound: string) => `${FLUSH}${SAS}
spdadd ${there} udp -P ${outbound} ${rule};
spdadd ${back} udp -P ${inbound} ${rule};`;
    await hosts.alice.load(file('out', 'in'));
    await hosts.bob.load(file('in', 'out'));
  });

  afterAll(async () => {
    await hosts?.dispose();
  });

  /** A UDP datagram as two fragments, of which the second shows no ports. */
  function fragments(destinationPort: number, marker: Buffer): readonly Buffer[] {
    const payload = Buffer.alloc(1600, marker);
    const datagram = udpPacket(payload, { destinationPort }).subarray(20);
    return [
      { from: 0, to: 800, more: true },
      { from: 800, to: datagram.length, more: false },
    ].map(({ from, to, more }) =>
      Buffer.from(
        ipv4Packet({
          ...{ source: ALICE, destination: BOB },
          payload: datagram.subarray(from, to),
          fragment: { offset: from, more },
        }),
      ),
    );
  }

  test('datagrams that need fragments arrive, each fragment protected', async () => {
    const marker = newMarker();
    const pcap = await captureDuring(hosts.alice, () =>
      exchange({
        ...{ asking: hosts.alice.namespace, answering: hosts.bob.namespace },
        ...{ address: BOB_ADDRESS, port: PROTECTED_PORT, marker, tcpLength: 0 },
        udpLengths: [100, 8000, 60_000],
      }),
    );
    expect(containsMarker(pcap, marker)).toBe(false);
    expect(await tcpdumpLines(pcap, ['-t', 'udp'])).toEqual([]);
  });

  test('fragments that a program made itself do not leave in the clear', async () => {
    const { alice } = hosts;
    const marker = newMarker();
    let discards = {};
    const pcap = await captureDuring(alice, async () => {
      discards = await alice.discardsDuring(async () => {
        await sendRaw(alice.namespace, fragments(PROTECTED_PORT, marker));
        await waitUntil('both discarded', async () => {
          const now = await alice.discards();
          return (now['out-pol-block'] ?? 0) > 0 && (now['out-error'] ?? 0) > 0;
        });
      });
    });
    expect(discards).toEqual({ 'out-error': 1, 'out-pol-block': 1 });
    expect(containsMarker(pcap, marker)).toBe(false);
    expect(await unprotectedLines(pcap)).toEqual([]);
  });

  test('fragments of other protocols, and datagrams to other ports, go as ever', async () => {
    const { alice, bob } = hosts;
    await ping(alice.namespace, BOB_ADDRESS, { length: 8000 });
    await ping(bob.namespace, ALICE_ADDRESS, { length: 8000 });
    const marker = newMarker();
    const pcap = await captureDuring(alice, () =>
      exchange({
        ...{ asking: alice.namespace, answering: bob.namespace, address: BOB_ADDRESS },
        ...{ port: OPEN_PORT, marker, tcpLength: 0, udpLengths: [8000] },
      }),
    );
    expect(containsMarker(pcap, marker)).toBe(true);
  });
});
