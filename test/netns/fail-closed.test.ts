/**
 * The whole life of a host that protects: not one packet of the protected flow is in the clear, and
 * nothing forged gets in, while SAs and policies come, change and go, and while `ipseald` starts,
 * stops, is killed and begins anew.
 *
 *     alice  wire0 10.9.0.1, fd00:9::1 ──── wire0 10.9.0.2, fd00:9::2  bob, the peer
 *            ipseald                     ▲        10.9.0.3  another host, of whom no policy speaks
 *            that is killed              │        ipseald, and a forger next to it
 *                                        └ tcpdump, all the time
 *
 * All the time both send datagrams to each other, over both IP versions, a TCP stream goes both ways,
 * and echo requests and replies; all that they carry has a marker.
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
  type TestHost,
  WIRE,
  waitUntil,
} from '../support/hosts.ts';
import { ALICE, BOB, udpPacket } from '../support/packets.ts';
import {
  type Counted,
  containsMarker,
  type Listener,
  newMarker,
  ping,
  startDatagrams,
  startForging,
  startListener,
  startStream,
} from '../support/traffic.ts';

const ALICE6_ADDRESS = 'fd00:9::1';
const BOB6_ADDRESS = 'fd00:9::2';
const OTHER_ADDRESS = '10.9.0.3';
const PAIRS = [
  [ALICE_ADDRESS, BOB_ADDRESS],
  [ALICE6_ADDRESS, BOB6_ADDRESS],
] as const;
const PORT = 7000;
const STREAM_PORT = 7001;
/** By which what is forged is told from what is bob's. */
const FORGED_PORT = 40000;
/** How often each sender has to try before a state counts as tested. */
const ATTEMPTS = 25;
const RELOADS = 8;

const FLUSH = 'flush; spdflush;';
const BOTH = 'esp/transport//require ah/transport//require';

/**
 * SAs of both ways, over both versions; another generation has other SPIs and other keys. Without
 * replay protection: alice's sequence numbers begin anew with every reload, bob's do not.
 */
function sas(generation: number): string {
  const digits = generation.toString(16).padStart(2, '0');
  const esp = `-E aes-cbc 0x92a3b4c5d6e7f8091a2b3c4d5e6f70${digits}`;
  const ah = `-A hmac-sha1 0x5d3ea0b8f3a7b1a0a0f8c6e7d1c2b3a4958677${digits}`;
  return sasOf(generation)
    .map((name) => `add ${name} ${name.includes(' ah ') ? ah : esp};`)
    .join('\n');
}

const deletionOf = (generation: number): string =>
  sasOf(generation)
    .map((name) => `delete ${name};`)
    .join('\n');

function sasOf(generation: number): string[] {
  return PAIRS.flatMap(([alice, bob]) => [
    `${alice} ${bob} ah 0x${generation}200`,
    `${bob} ${alice} ah 0x${generation}300`,
    `${alice} ${bob} esp 0x${generation}201`,
    `${bob} ${alice} esp 0x${generation}301`,
  ]);
}

/** Alice's, or bob's when the directions are swapped, about each of `protocols`. */
function policies(outbound: 'out' | 'in', rule = BOTH, protocols: readonly string[] = ['any']) {
  const inbound = outbound === 'out' ? 'in' : 'out';
  return PAIRS.flatMap(([alice, bob]) =>
    protocols.flatMap((protocol) => [
      `spdadd ${alice} ${bob} ${protocol} -P ${outbound} ipsec ${rule};`,
      `spdadd ${bob} ${alice} ${protocol} -P ${inbound} ipsec ${rule};`,
    ]),
  ).join('\n');
}

const ALICE_FILE = `${FLUSH}${sas(1)}${policies('out')}`;
const BOB_FILE = `${FLUSH}${sas(1)}${policies('in')}`;

describeNetns('fail closed', () => {
  let hosts: Hosts;
  let wire: Capture;
  /** They try again and again, whatever comes of it. */
  let senders: readonly Counted[];
  let stream: Counted;
  let atAlice: Listener;
  let atBob: Listener;
  const fromAlice = [newMarker(), newMarker()] as const;
  const fromBob = [newMarker(), newMarker()] as const;
  const streamed = newMarker();
  const pinged = newMarker();
  const forged = newMarker();
  const PROTECTED = [...fromAlice, ...fromBob, streamed, pinged];

  beforeAll(async () => {
    hosts = await makeHosts();
    const alice = hosts.alice.namespace;
    const bob = hosts.bob.namespace;
    await bob.addAddress(WIRE, `${OTHER_ADDRESS}/24`, `${BOB6_ADDRESS}/64`);
    await alice.addAddress(WIRE, `${ALICE6_ADDRESS}/64`);
    atAlice = await startListener(alice, PORT);
    atBob = await startListener(bob, PORT);
    const forgery = udpPacket(forged, {
      ...{ source: BOB, destination: ALICE, sourcePort: FORGED_PORT, destinationPort: PORT },
    });
    senders = [
      await startDatagrams(alice, BOB_ADDRESS, PORT, fromAlice[0]),
      await startDatagrams(alice, BOB6_ADDRESS, PORT, fromAlice[1]),
      await startDatagrams(bob, ALICE_ADDRESS, PORT, fromBob[0]),
      await startDatagrams(bob, ALICE6_ADDRESS, PORT, fromBob[1]),
      await startForging(bob, WIRE, { namespace: alice, device: WIRE }, forgery),
    ];
    stream = await startStream(alice, bob, BOB_ADDRESS, STREAM_PORT, streamed);
    const pattern = pinged.toString('hex');
    for (const address of [BOB_ADDRESS, BOB6_ADDRESS]) {
      alice.spawn(['ping', '-q', '-i', '0.01', '-p', pattern, address]);
    }
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

  /** What either received of the other: datagrams of IPv4 and IPv6 there and back, and the stream. */
  const received = () => [
    ...fromAlice.map((marker) => atBob.count(marker)),
    ...fromBob.map((marker) => atAlice.count(marker)),
    stream.count(),
  ];

  /** Both receive what the other sends. */
  async function flows(): Promise<void> {
    const before = received();
    await waitUntil('the protected flow, both ways', () =>
      received().every((count, k) => count > (before[k] ?? 0) + 5),
    );
  }

  /** Neither receives anything of the other. */
  async function standsStill(): Promise<void> {
    const before = received();
    await trafficGoesOn();
    expect(received()).toEqual(before);
  }

  const both = async (load: (host: TestHost) => Promise<void>): Promise<void> => {
    for (const host of [hosts.bob, hosts.alice]) await load(host);
  };

  test('without policies everything arrives, forged or not, in the clear', async () => {
    const pcap = await captureDuring(hosts.alice, async () => {
      await flows();
      await waitUntil('what was forged', () => atAlice.count(forged) > 0);
    });
    for (const marker of [...PROTECTED, forged]) expect(containsMarker(pcap, marker)).toBe(true);
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

  test('other keys come beside the old ones, which then go, and all flows on', async () => {
    await both((host) => host.load(sas(2)));
    await flows();
    await both((host) => host.load(deletionOf(1)));
    await flows();
    await isClosed();
  });

  test('without its SAs, the policies still there, everything stops, until there are others', async () => {
    await hosts.alice.load(deletionOf(2));
    await isClosed();
    await standsStill();
    await hosts.alice.load(sas(3));
    await isClosed();
    await hosts.bob.load(`flush;${sas(3)}`);
    await flows();
  });

  test('policies that ask for less, for more, or one by one, keep it protected', async () => {
    const change = (...parameters: [rule: string, protocols?: string[]]) =>
      both((host) => {
        const outbound = host === hosts.alice ? 'out' : 'in';
        return host.load(`spdflush;${policies(outbound, ...parameters)}`);
      });
    await change('esp/transport//require');
    await flows();
    await change('esp/transport//require', ['udp', 'tcp', 'icmp', 'icmp6', 'any']);
    await flows();
    // In the place of a policy that is gone speaks the one behind it.
    for (const protocol of ['udp', 'tcp', 'icmp']) {
      await hosts.alice.load(
        `spddelete ${ALICE_ADDRESS} ${BOB_ADDRESS} ${protocol} -P out;
         spddelete ${BOB_ADDRESS} ${ALICE_ADDRESS} ${protocol} -P in;`,
      );
    }
    await flows();
    await change(BOTH);
    await flows();
    await isClosed();
    await both((host) => host.load(host === hosts.alice ? ALICE_FILE : BOB_FILE));
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    test(`after ${signal} to ipseald nothing goes in or out`, async () => {
      const { status } = await hosts.alice.stopDaemon(signal);
      expect(status).toBe(signal === 'SIGTERM' ? 0 : 128 + 9);
      await isClosed();
      await standsStill();
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

  test('in all this time not one packet between alice and bob was in the clear', async () => {
    const pcap = await wire.stop();
    const count = async (filter: string) => (await tcpdumpLines(pcap, ['-t', filter])).length;
    const [v4, v6] = PAIRS.map(([alice, bob]) => `host ${alice} and host ${bob}`);
    const forgery = `udp and src port ${FORGED_PORT}`;
    // Neighbour Discovery makes the link work (RFC 4861).
    const discovery = 'ip6[6] == 58 and ip6[40] >= 133 and ip6[40] <= 137';
    const clear = [
      `ip and ${v4} and not proto 50 and not proto 51 and not (${forgery})`,
      `ip6 and ${v6} and ip6[6] != 50 and ip6[6] != 51 and not (${discovery})`,
    ];
    for (const filter of clear) expect(await tcpdumpLines(pcap, ['-t', filter])).toEqual([]);
    for (const marker of PROTECTED) expect(containsMarker(pcap, marker)).toBe(false);
    // There was something to see.
    for (const [alice, bob] of PAIRS) {
      expect(await count(`src ${alice} and dst ${bob}`)).toBeGreaterThan(1000);
      expect(await count(`src ${bob} and dst ${alice}`)).toBeGreaterThan(1000);
    }
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
    for (const marker of PROTECTED) expect(containsMarker(pcap, marker)).toBe(true);
  });

  test('ipseald --release is content when there is nothing left to remove', async () => {
    await hosts.alice.release();
  });
});
