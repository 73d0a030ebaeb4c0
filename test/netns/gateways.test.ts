/**
 * Gateways protect what the hosts behind them say to each other; nobody else can say it for them.
 *
 *     ann ─── near ═══════ far ─── ben
 *     10.1.0.2      │ 10.9.0.0/24   10.2.0.2     fd01::2, fd02::2
 *                   └ tcpdump
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCapture, tcpdumpLines } from '../lab/capture.ts';
import { succeed } from '../lab/command.ts';
import { joinByVeth, makeNamespace, type Namespace } from '../lab/namespace.ts';
import { describeNetns } from '../lab/tier.ts';
import {
  ALICE_ADDRESS,
  BOB_ADDRESS,
  captureDuring,
  SNAP_LENGTH,
  TestHost,
  WIRE,
  waitUntil,
} from '../support/hosts.ts';
import { layerChanges } from '../support/layers.ts';
import {
  containsMarker,
  exchange,
  newMarker,
  ping,
  startDatagrams,
  startListener,
} from '../support/traffic.ts';

const INSIDE = 'lan0';
const NEAR_6 = 'fd09::1';
const FAR_6 = 'fd09::2';
const ANN = { 4: '10.1.0.2', 6: 'fd01::2' } as const;
const BEN = { 4: '10.2.0.2', 6: 'fd02::2' } as const;
const NETS = { 4: ['10.1.0.0/16', '10.2.0.0/16'], 6: ['fd01::/64', 'fd02::/64'] } as const;
const ENDS = { 4: [ALICE_ADDRESS, BOB_ADDRESS], 6: [NEAR_6, FAR_6] } as const;
const PORT = { 4: 7004, 6: 7006 } as const;

describeNetns('gateways', () => {
  let near: TestHost;
  let far: TestHost;
  let ann: Namespace;
  let ben: Namespace;

  beforeAll(async () => {
    near = new TestHost(await makeNamespace('near'), ALICE_ADDRESS);
    far = new TestHost(await makeNamespace('far'), BOB_ADDRESS);
    ann = await makeNamespace('ann');
    ben = await makeNamespace('ben');
    await joinByVeth(near.namespace, far.namespace, {
      a: [`${ALICE_ADDRESS}/24`, `${NEAR_6}/64`],
      b: [`${BOB_ADDRESS}/24`, `${FAR_6}/64`],
      ...{ deviceA: WIRE, deviceB: WIRE },
    });
    await joinByVeth(near.namespace, ann, {
      a: ['10.1.0.1/16', 'fd01::1/64'],
      b: [`${ANN[4]}/16`, `${ANN[6]}/64`],
      deviceA: INSIDE,
    });
    await joinByVeth(far.namespace, ben, {
      a: ['10.2.0.1/16', 'fd02::1/64'],
      b: [`${BEN[4]}/16`, `${BEN[6]}/64`],
      deviceA: INSIDE,
    });
    for (const [gateway, net, via] of [
      [near, 1, 0],
      [far, 0, 1],
    ] as const) {
      const { namespace } = gateway;
      const forwarding = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'];
      await succeed(namespace, ['sysctl', '-qw', ...forwarding]);
      await namespace.ip('route', 'add', NETS[4][net], 'via', ENDS[4][1 - via] ?? '');
      await namespace.ip('route', 'add', NETS[6][net], 'via', ENDS[6][1 - via] ?? '');
      await gateway.startDaemon();
    }
    for (const [host, gateway] of [
      [ann, ['10.1.0.1', 'fd01::1']],
      [ben, ['10.2.0.1', 'fd02::1']],
    ] as const) {
      for (const address of gateway) await host.ip('route', 'add', 'default', 'via', address);
    }
  });

  afterAll(async () => {
    for (const one of [near, far, ann, ben]) await one?.dispose();
  });

  async function load(inside: 4 | 6, outside: 4 | 6): Promise<void> {
    const changes = layerChanges({
      between: NETS[inside],
      layers: [{ protocol: 'esp', tunnel: ENDS[outside] }],
    });
    await near.ask((client) => client.commit(changes.alice));
    await far.ask((client) => client.commit(changes.bob));
  }

  for (const [inside, outside] of [
    [4, 4],
    [6, 6],
    [6, 4],
    [4, 6],
  ] as const) {
    test(`IPv${inside} networks talk through a tunnel over IPv${outside}`, async () => {
      await load(inside, outside);
      const marker = newMarker();
      const discards = { near: {}, far: {} };
      const pcap = await captureDuring(near, async () => {
        discards.near = await near.discardsDuring(async () => {
          discards.far = await far.discardsDuring(async () => {
            for (const length of [56, 1300, 8000]) {
              await ping(ann, BEN[inside], { length, marker });
              await ping(ben, ANN[inside], { length, marker });
            }
            await exchange({
              ...{ asking: ann, answering: ben, address: BEN[inside], port: 5000, marker },
              ...{ tcpLength: 300_000, udpLengths: [1, 1300, 8000] },
            });
          });
        });
      });
      expect(containsMarker(pcap, marker)).toBe(false);
      const inner = inside === 4 ? 'net 10.1.0.0/16' : 'net fd01::/64';
      expect(await tcpdumpLines(pcap, ['-t', inner])).toEqual([]);
      expect(
        (await tcpdumpLines(pcap, ['-t', 'ip proto 50 or ip6 proto 50'])).length,
      ).toBeGreaterThan(100);
      const reasons = [...Object.keys(discards.near), ...Object.keys(discards.far)];
      expect(reasons.filter((reason) => reason !== 'out-too-big')).toEqual([]);
    });
  }

  for (const version of [4, 6] as const) {
    test(`nothing of IPv${version} passes in the clear, with SAs or without, nor after SIGKILL`, async () => {
      await load(version, version);
      const fromAnn = newMarker();
      const atBen = await startListener(ben, PORT[version]);
      const sender = await startDatagrams(ann, BEN[version], PORT[version], fromAnn);
      await waitUntil('protected datagrams', () => atBen.count(fromAnn) > 5);
      const wire = await startCapture(near.namespace, WIRE, { snapLength: SNAP_LENGTH });
      const attempts = async () => {
        const before = sender.count();
        await waitUntil('attempts', () => sender.count() > before + 25);
      };
      await near.ask((client) => client.commit([{ kind: 'flush-sas', protocol: null }]));
      const discards = await near.discardsDuring(attempts);
      expect(discards['out-no-states']).toBeGreaterThan(0);
      await near.stopDaemon('SIGKILL');
      const before = atBen.count(fromAnn);
      await attempts();
      expect(atBen.count(fromAnn)).toBe(before);
      await near.startDaemon();
      await attempts();
      expect(atBen.count(fromAnn)).toBe(before);
      const pcap = await wire.stop();
      expect(containsMarker(pcap, fromAnn)).toBe(false);
      await near.stopDaemon();
      await near.release();
      await sender.stop();
      await near.startDaemon();
    });

    test(`an IPv${version} packet in the clear does not get to who is behind a gateway`, async () => {
      await load(version, version);
      // The far gateway forgets all it should do.
      await far.load('flush; spdflush;');
      const discards = await near.discardsDuring(async () => {
        const { status } = await ben.run(['ping', '-n', '-c', '2', '-W', '1', ANN[version]]);
        expect(status).not.toBe(0);
      });
      expect(discards['in-tmpl-mismatch']).toBe(2);
    });
  }

  test('what comes out of a tunnel meets the outbound policies, too, on its way on', async () => {
    await load(4, 4);
    await ping(ben, ANN[4]);
    await near.load('spdadd 10.2.0.0/16 10.1.0.0/16 any -P out discard;');
    const discards = await near.discardsDuring(async () => {
      const { status } = await ben.run(['ping', '-n', '-c', '2', '-W', '1', ANN[4]]);
      expect(status).not.toBe(0);
    });
    expect(discards).toEqual({ 'out-pol-block': 2 });
  });
});
