/**
 * A data plane of several threads: what the kernel gives each of them, what they count together, and hosts that
 * run one.
 *
 *     alice  wire0 10.9.0.1 ──── wire0 10.9.0.2, 10.9.0.11 to .18  bob
 *            ipseald --threads 3  ▲                                 ipseald --threads 2
 *                                 └ tcpdump
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ControlClient } from '../../src/apps/control/client.ts';
import { workerBetween } from '../../src/dataplane/workers.ts';
import { libc } from '../../src/io/libc.ts';
import { NETLINK, NetlinkSocket } from '../../src/io/netlink-socket.ts';
import { NetworkNamespace } from '../../src/io/network-namespace.ts';
import { NetworkSockets, RECEIVE_LENGTH } from '../../src/io/network-sockets.ts';
import { PinnedMemory } from '../../src/io/pinned-memory.ts';
import { collect, type DiscardCounters } from '../../src/ipsec/backend.ts';
import type { Change } from '../../src/ipsec/change.ts';
import { DiscardTally } from '../../src/ipsec/discard-reason.ts';
import { NO_PROGRESS } from '../../src/ipsec/progress.ts';
import type { SaParameters } from '../../src/ipsec/sa-parameters.ts';
import { newSharedCounts } from '../../src/ipsec/shared-counts.ts';
import type { IpAddress } from '../../src/net/ip-address.ts';
import { IP_PROTOCOL } from '../../src/net/ip-protocol.ts';
import { hostPrefix } from '../../src/net/prefix.ts';
import { newAddress } from '../../src/netlink/host-address.ts';
import { configureLink, linkUp, newVethPair } from '../../src/netlink/link.ts';
import { tcpdumpLines } from '../lab/capture.ts';
import { pause, succeed } from '../lab/command.ts';
import { LAB_PATH } from '../lab/programs.ts';
import { describeNetns } from '../lab/tier.ts';
import {
  captureDuring,
  commandPath,
  type Hosts,
  makeHosts,
  type TestHost,
  WIRE,
  waitUntil,
} from '../support/hosts.ts';
import {
  ALICE,
  ALICE6,
  address,
  BOB,
  BOB6,
  countedOctets,
  ipPacket,
  udpPacket,
} from '../support/packets.ts';
import {
  addPolicy,
  addSa,
  espSa,
  inUdp,
  layer,
  mirrored,
  opposite,
  policy,
  protect,
} from '../support/sas.ts';
import { containsMarker, exchange, newMarker, ping } from '../support/traffic.ts';

/** With the window that most have. */
const SA = espSa({ source: ALICE, destination: BOB, replayWindow: 32 });
const LENGTH = 1 << 17;
const AT = 65;
const PORT = 4500;
const WORKERS = 3;
const PLACES = Array.from({ length: WORKERS }, (_, number) => ({ number, count: WORKERS }));
/** An SPI and a sequence number, and something more. */
const ESP = Uint8Array.of(0, 0, 0x12, 0x34, 0, 0, 0, 1, ...countedOctets(60));
const IKE = Uint8Array.of(0, 0, 0, 0, ...countedOctets(60));

describeNetns('threads', () => {
  describe('the kernel gives packets between two addresses', () => {
    let near: NetworkNamespace;
    let far: NetworkNamespace;
    let sender: NetworkSockets;
    let memory: PinnedMemory;
    let receivers: readonly { readonly sockets: NetworkSockets; readonly memory: PinnedMemory }[];
    let ike: { readonly worker: number; readonly from: IpAddress }[];

    beforeAll(() => {
      near = NetworkNamespace.create();
      far = NetworkNamespace.create();
      near.within(() => {
        const route = new NetlinkSocket(NETLINK.ROUTE);
        route.request(newVethPair('wire0', 'wire0', far.fd), 'make a wire');
        route.close();
      });
      for (const [namespace, ends] of [
        [near, [ALICE, ALICE6]],
        [far, [BOB, BOB6]],
      ] as const) {
        namespace.within(() => plug(ends));
      }
      // Until there is a way, packets of IPv6 get lost.
      for (const end of ['10.9.0.2', '2001:db8:9::2']) near.within(() => awaitEcho(end));
    });

    afterAll(() => {
      near?.close();
      far?.close();
    });

    beforeEach(() => {
      memory = new PinnedMemory(LENGTH + RECEIVE_LENGTH);
      sender = near.within(() => new NetworkSockets(memory, LENGTH));
      ike = [];
      receivers = far.within(() =>
        PLACES.map((place) => {
          const own = new PinnedMemory(LENGTH + RECEIVE_LENGTH);
          const sockets = new NetworkSockets(
            own,
            LENGTH,
            place,
            new DiscardTally(),
            (_, remote) => {
              const { version, octets } = remote.address;
              ike.push({ worker: place.number, from: { version, octets: octets.slice() } });
              return true;
            },
          );
          sockets.shareWithIke([]);
          return { sockets, memory: own };
        }),
      );
    });

    afterEach(() => {
      sender.close();
      for (const { sockets } of receivers) sockets.close();
    });

    /** Which workers got a packet, all that there are; a packet that is sent comes to one, soon. */
    async function whoGets(octets: Uint8Array): Promise<number[]> {
      memory.octets.set(octets, AT);
      expect(sender.transmit({ memory, at: AT, length: octets.length })).toBe(true);
      const got: number[] = [];
      const look = () => {
        for (const [number, { sockets, memory: own }] of receivers.entries()) {
          while (sockets.receive({ memory: own, at: AT, length: 0 })) got.push(number);
        }
        return got.length > 0;
      };
      await waitUntil('the packet', look);
      look();
      return got;
    }

    const listenAll = (...ends: IpAddress[]) =>
      far.within(() => {
        const udpEnds = ends.map((each) => ({ address: each, port: PORT }));
        for (const { sockets } of receivers) sockets.listen({ udpEnds, compressedTunnels: [] });
      });

    for (const [version, network, end] of [
      [4, '10.9.0.', BOB],
      [6, '2001:db8:9::', BOB6],
    ] as const) {
      const peers = Array.from({ length: 12 }, (_, k) => address(`${network}${k + 3}`));
      const workerOf = (peer: IpAddress) =>
        workerBetween(version, peer.octets, 0, end.octets, 0, WORKERS);

      test(`to one of them: ESP and AH, IPv${version}`, async () => {
        expect(new Set(peers.map(workerOf)).size).toBe(WORKERS);
        for (const source of peers) {
          for (const protocol of [IP_PROTOCOL.esp, IP_PROTOCOL.ah]) {
            const octets = ipPacket({ source, destination: end, protocol, payload: ESP });
            expect(await whoGets(octets)).toEqual([workerOf(source)]);
          }
        }
      });

      test(`to one of them: ESP in UDP, IPv${version}; from whichever port`, async () => {
        listenAll(end);
        for (const source of peers) {
          for (const sourcePort of [PORT, 31_234]) {
            const ports = { sourcePort, destinationPort: PORT };
            const octets = udpPacket(ESP, { source, destination: end, ...ports });
            expect(await whoGets(octets)).toEqual([workerOf(source)]);
          }
        }
      });

      test(`to the first, where they are IKE's, IPv${version}`, async () => {
        far.within(() => receivers[0]?.sockets.shareWithIke([{ address: end, port: PORT }]));
        listenAll(end);
        for (const source of peers) {
          const octets = udpPacket(IKE, {
            source,
            destination: end,
            sourcePort: PORT,
            destinationPort: PORT,
          });
          memory.octets.set(octets, AT);
          sender.transmit({ memory, at: AT, length: octets.length });
        }
        await waitUntil('the messages', () => {
          for (const { sockets, memory: own } of receivers) {
            while (sockets.receive({ memory: own, at: AT, length: 0 }));
          }
          return ike.length === peers.length;
        });
        expect(ike).toEqual(peers.map((from) => ({ worker: 0, from })));
      });
    }

    test('in the same way after a port was closed, and opened again', async () => {
      const peer = address('10.9.0.77');
      const worker = workerBetween(4, peer.octets, 0, BOB.octets, 0, WORKERS);
      const ports = { sourcePort: PORT, destinationPort: PORT };
      const octets = udpPacket(ESP, { source: peer, destination: BOB, ...ports });
      for (let k = 0; k < 3; k++) {
        listenAll(BOB);
        expect(await whoGets(octets)).toEqual([worker]);
        listenAll();
      }
    });

    test('and a port that another program has is not shared with it', async () => {
      const taken = far.within(
        () => new NetworkSockets(new PinnedMemory(LENGTH + RECEIVE_LENGTH), LENGTH),
      );
      try {
        const udpEnds = [{ address: BOB, port: PORT }];
        far.within(() => taken.listen({ udpEnds, compressedTunnels: [] }));
        expect(() => listenAll(BOB)).toThrow('another program has the port, maybe an IKE daemon');
      } finally {
        taken.close();
      }
    });
  });

  describe('of two hosts carry their packets', () => {
    const OTHERS = Array.from({ length: 8 }, (_, k) => `10.9.0.${11 + k}`);
    let hosts: Hosts;

    beforeAll(async () => {
      hosts = await makeHosts([]);
      await hosts.alice.startDaemon({ args: ['--threads', '3'] });
      await hosts.bob.startDaemon({ args: ['--threads', '2'] });
      for (const other of OTHERS) {
        await succeed(hosts.bob.namespace, ['ip', 'address', 'add', `${other}/24`, 'dev', WIRE]);
      }
    });

    afterAll(() => hosts?.dispose());

    /** SAs and policies for alice and each of these addresses of bob's. */
    async function load(ends: readonly string[], parts: Partial<SaParameters>): Promise<void> {
      const sas = ends.flatMap((end, k) => {
        const sa = { ...SA, ...parts, destination: address(end), spi: 0x1000 + k };
        return [sa, opposite(sa)].map(addSa);
      });
      const policies = ends.map((end) =>
        policy('outbound', protect(layer('esp')), {
          remoteAddress: hostPrefix(address(end)),
        }),
      );
      const flush: Change[] = [{ kind: 'flush-sas', protocol: null }, { kind: 'flush-policies' }];
      const both = [
        ...policies,
        ...policies.map((each) => ({ ...each, direction: 'inbound' as const })),
      ];
      await hosts.alice.ask((client) => client.commit([...flush, ...sas, ...both.map(addPolicy)]));
      await hosts.bob.ask((client) =>
        client.commit([...flush, ...sas, ...both.map(mirrored).map(addPolicy)]),
      );
    }

    /** Whether no connection has anything to say any more: it would be said under what is loaded next. */
    async function areClosed(): Promise<boolean> {
      const states = ['state', 'connected', 'exclude', 'time-wait'];
      const printed = await Promise.all(
        [hosts.alice, hosts.bob].map((host) => succeed(host.namespace, ['ss', '-Htn', ...states])),
      );
      return printed.every((text) => text === '');
    }

    /**
     * Streams between alice and each end, both ways, all at once, of which nothing is lost; what tcpdump has to say
     * of them.
     */
    async function talk(ends: readonly string[]): Promise<readonly string[]> {
      const { alice, bob } = hosts;
      const marker = newMarker();
      const streams = () =>
        Promise.all(
          ends.map((end, k) =>
            exchange({
              asking: alice.namespace,
              answering: bob.namespace,
              address: end,
              port: 7000 + k,
              marker,
              tcpLength: 2_000_000,
              udpLengths: [],
            }),
          ),
        );
      const pcap = await captureDuring(alice, () => expectNothingLost(streams));
      await waitUntil('the end of all connections', areClosed, 10_000);
      expect(containsMarker(pcap, marker)).toBe(false);
      expect(await tcpdumpLines(pcap, ['-t', 'tcp'])).toEqual([]);
      return await tcpdumpLines(pcap, ['-t', 'ip and not arp']);
    }

    /**
     * What was too big said so, and was sent again. Before, while one end alone has its SAs, the other may have
     * answered a NAT keepalive in the clear: that the port is not open.
     */
    async function expectNothingLost(streams: () => Promise<unknown>): Promise<void> {
      let atBob = {};
      const atAlice = await hosts.alice.discardsDuring(async () => {
        atBob = await hosts.bob.discardsDuring(streams);
      });
      for (const { 'out-too-big': _, ...discards } of [atAlice, atBob] as DiscardCounters[]) {
        expect(discards).toEqual({});
      }
    }

    /** Whether the packets of each SA left in their order, none twice. */
    function expectOrder(lines: readonly string[], sas: number): void {
      const last = new Map<string, number>();
      for (const line of lines) {
        const [, spi = '', number = '0'] = /ESP\(spi=(0x\w+),seq=(0x\w+)\)/.exec(line) ?? [];
        if (spi === '') continue;
        // Of several that leave as one message, the first is shown.
        expect(Number(number), line).toBeGreaterThan(last.get(spi) ?? 0);
        last.set(spi, Number(number));
      }
      expect(last.size).toBe(sas);
    }

    test('each has a queue of the TUN device', () => {
      const queues = ({ daemonPid: pid }: TestHost) =>
        readdirSync(`/proc/${pid}/fd`).filter((fd) => {
          try {
            return readlinkSync(`/proc/${pid}/fd/${fd}`) === '/dev/net/tun';
          } catch {
            // Closed meanwhile.
            return false;
          }
        });
      expect([queues(hosts.alice).length, queues(hosts.bob).length]).toEqual([3, 2]);
    });

    test('a second ipseald is told that there is one, and takes no queue of it', async () => {
      const { alice } = hosts;
      const words = ['--threads', '2', '--control', `${alice.control}.other`];
      const { status, stderr } = await alice.namespace.run([commandPath('ipseald'), ...words]);
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr:
          'ipseald: Cannot make the TUN device ipseal0: another process has it: is ipseald running? (EBUSY)\n',
      });
    });

    for (const [name, parts] of [
      ['ESP', {}],
      [
        'ESP in UDP',
        { encapsulation: { sourcePort: 4500, destinationPort: 4500, originalAddress: null } },
      ],
    ] as const) {
      test(`${name}: of one SA, in their order, whatever flows they are of`, async () => {
        await load(['10.9.0.2'], parts);
        expectOrder(await talk(Array.from({ length: 6 }, () => '10.9.0.2')), 2);
      });

      test(`${name}: of many SAs, those of each in their order`, async () => {
        await load(OTHERS, parts);
        expectOrder(await talk(OTHERS), 2 * OTHERS.length);
        const sas = await hosts.alice.ask((client) => collect(client.sas()));
        expect(sas).toHaveLength(2 * OTHERS.length);
        for (const sa of sas) expect(sa.octets).toBeGreaterThan(2_000_000);
      });
    }

    test('and when one of them fails, all end, and nothing goes in the clear', async () => {
      const { alice } = hosts;
      const pid = alice.daemonPid;
      await load(['10.9.0.2'], {});
      const client = await ControlClient.connect(alice.control);
      try {
        // Each port takes a descriptor of each worker. Where the first one finds none, the change is refused; where
        // another one does, there is nothing to take back.
        for (let limit = firstFree(pid); existsSync(`/proc/${pid}`); limit++) {
          const limits = ['--pid', `${pid}`, `--nofile=${limit}:4096`];
          await alice.namespace.run(['prlimit', ...limits]);
          const sa = { ...opposite(SA), spi: 0x7000 + limit };
          const changes = [addSa(inUdp(sa, PORT, 5000 + limit))];
          await client.commit(changes).catch(() => pause(200));
        }
      } finally {
        await client.close();
      }
      const ended = await alice.daemonEnd();
      expect(ended.status).toBe(1);
      expect(ended.stderr).toMatch(/^ipseald: Cannot receive ESP at UDP port \d+ .*EMFILE/m);
      const pinged = await alice.namespace.run(['ping', '-c', '1', '-W', '1', '10.9.0.2']);
      expect(pinged.status).not.toBe(0);
      await alice.startDaemon({ args: ['--threads', '3'] });
      await load(['10.9.0.2'], {});
      await ping(alice.namespace, '10.9.0.2');
    });

    test('and one of them ends with the others, by a signal', async () => {
      expect(await hosts.bob.stopDaemon('SIGTERM')).toMatchObject({ status: 0, stderr: '' });
      await hosts.bob.startDaemon({ args: ['--threads', '2'] });
      await load(['10.9.0.2'], {});
      await ping(hosts.alice.namespace, '10.9.0.2');
    });
  });

  test('no number is given to two of them, and none is accepted twice', async () => {
    const THREADS = 3;
    const WINDOW = 4096;
    const trains = Array.from({ length: 5000 }, (_, k) => 1 + (k % 7));
    const numbers = Array.from({ length: 20_000 }, (_, k) => 1 + k);
    const memory = newSharedCounts(NO_PROGRESS, WINDOW, { high: 1, low: 2 });
    const first = new SharedArrayBuffer(8);
    new Int32Array(first)[0] = THREADS;
    const script = new URL('../support/counting-thread.mjs', import.meta.url);
    const results = await Promise.all(
      Array.from({ length: THREADS }, (_, k) => {
        // Neighbours change places, not the same for each.
        const own = numbers.map((number) => ((number - 1) ^ k) + 1);
        const worker = new Worker(script, {
          workerData: { memory, window: WINDOW, first, trains, numbers: own },
        });
        return new Promise<{ taken: [number, number][]; accepted: number[] }>((resolve, reject) => {
          worker.once('message', resolve);
          worker.once('error', reject);
        });
      }),
    );
    const taken = results.flatMap((result) => result.taken).sort(([a], [b]) => a - b);
    let next = 1;
    for (const [from, length] of taken) {
      expect(from).toBe(next);
      next += length;
    }
    const accepted = results.flatMap((result) => result.accepted).sort((a, b) => a - b);
    // Whoever gets to a number first is not far behind the window.
    expect(accepted).toEqual(numbers);
  });
});

function awaitEcho(end: string): void {
  const words = ['-n', '-c', '1', '-w', '10', end];
  const { stdout } = spawnSync('ping', words, { encoding: 'utf8', env: { PATH: LAB_PATH } });
  expect(stdout).toMatch(/ [1-9]\d* received/);
}

function firstFree(pid: number): number {
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let free = 0;
  while (open.has(free)) free += 1;
  return free;
}

function plug(ends: readonly IpAddress[]): void {
  const index = libc.if_nametoindex('wire0');
  const route = new NetlinkSocket(NETLINK.ROUTE);
  writeFileSync('/proc/sys/net/ipv6/conf/wire0/accept_dad', '0');
  route.request(linkUp(libc.if_nametoindex('lo')), 'bring lo up');
  route.request(configureLink(index, 'loose'), 'configure');
  for (const end of ends)
    route.request(newAddress(index, end, end.version === 4 ? 24 : 64), 'address');
  route.request(linkUp(index, 1400), 'bring up');
  route.close();
}
