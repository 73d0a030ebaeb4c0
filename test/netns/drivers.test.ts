/**
 * The drivers of `io/`, in this very process: it makes two namespaces and steps into them.
 *
 *     ┌─ here ────────────────────┐          ┌─ there ──────────────────┐
 *     │ lo                        │          │ lo                       │
 *     │ tun9 ── Tun               │          │                          │
 *     │       wire0 10.9.0.1 ─────┼── veth ──┼───── wire0 10.9.0.2      │
 *     │ Capture, NetworkSockets, PathMtus  │          │ Capture                  │
 *     └───────────────────────────┘          └──────────────────────────┘
 *
 * @module
 */

import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { COALESCING_LENGTH } from '../../src/dataplane/coalescing.ts';
import { Capture, type CapturedFrame } from '../../src/io/capture.ts';
import { TUN_NAME } from '../../src/io/guard/numbers.ts';
import { libc, SystemError } from '../../src/io/libc.ts';
import { NETLINK, NetlinkSocket } from '../../src/io/netlink-socket.ts';
import { NetworkNamespace } from '../../src/io/network-namespace.ts';
import { NetworkSockets, RECEIVE_LENGTH } from '../../src/io/network-sockets.ts';
import { PathMtus } from '../../src/io/path-mtu.ts';
import { PinnedMemory } from '../../src/io/pinned-memory.ts';
import { Readiness } from '../../src/io/readiness.ts';
import { Tun } from '../../src/io/tun.ts';
import { newBell, ring, silence } from '../../src/io/wait.ts';
import { DiscardTally } from '../../src/ipsec/discard-reason.ts';
import { type Packet, packetOctets } from '../../src/ipsec/packet.ts';
import { IP_PROTOCOL } from '../../src/net/ip-protocol.ts';
import { newAddress } from '../../src/netlink/host-address.ts';
import { configureLink, linkUp, newVethPair } from '../../src/netlink/link.ts';
import { sameOctets } from '../../src/octets/octets.ts';
import {
  ETHER_TYPE_OF,
  ETHERNET_HEADER_LENGTH,
  emitEthernetHeader,
} from '../../src/wire/ethernet.ts';
import { ipv4Protocol } from '../../src/wire/ipv4.ts';
import { emitIpv6Header, IPV6_EXTENSION, IPV6_HEADER_LENGTH } from '../../src/wire/ipv6.ts';
import { VIRTIO_NET_LENGTH } from '../../src/wire/virtio-net.ts';
import { run } from '../lab/command.ts';
import { makeNobody } from '../lab/nobody.ts';
import { LAB_PATH } from '../lab/programs.ts';
import { describeNetns } from '../lab/tier.ts';
import { waitUntil } from '../support/hosts.ts';
import {
  ALICE,
  address,
  BOB,
  countedOctets,
  echoPacket,
  ipv4Packet,
  ipv6Packet,
  udpPacket,
} from '../support/packets.ts';

const LENGTH = 1 << 17;
const NOWHERE = Uint8Array.of(2, 0, 0, 0, 0, 0xff);

function ownNamespace(): string {
  return readlinkSync('/proc/thread-self/ns/net');
}

/** Runs a program of the system where this thread is. */
function system(...words: [string, ...string[]]): string {
  const [program, ...rest] = words;
  const env = { ...process.env, PATH: LAB_PATH };
  const { status, stdout, stderr } = spawnSync(program, rest, { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`Cannot run "${words.join(' ')}": ${stderr}`);
  return stdout;
}

/** Whether `action` leaves descriptors open, by doing it often: others of the process come and go. */
function leaks(action: () => void): boolean {
  const TIMES = 30;
  const open = () => readdirSync('/proc/self/fd').length;
  const before = open();
  for (let times = 0; times < TIMES; times++) action();
  return open() - before >= TIMES / 2;
}

function packetAt(memory: PinnedMemory, at: number, octets: Uint8Array = EMPTY): Packet {
  memory.octets.set(octets, at);
  return { memory, at, length: octets.length };
}

const EMPTY = new Uint8Array(0);

describeNetns('drivers', () => {
  let here: NetworkNamespace;
  let there: NetworkNamespace;
  let index: number;
  let thereIndex: number;

  beforeAll(() => {
    here = NetworkNamespace.create();
    there = NetworkNamespace.create();
    here.within(() => {
      const route = new NetlinkSocket(NETLINK.ROUTE);
      route.request(newVethPair('wire0', 'wire0', there.fd), 'make a wire');
      route.close();
    });
    const plug = (namespace: NetworkNamespace, local: typeof ALICE) =>
      namespace.within(() => {
        const found = libc.if_nametoindex('wire0');
        const route = new NetlinkSocket(NETLINK.ROUTE);
        route.request(linkUp(libc.if_nametoindex('lo')), 'bring lo up');
        route.request(configureLink(found, 'loose'), 'configure');
        route.request(newAddress(found, local, 24), 'address');
        route.request(linkUp(found, 1400), 'bring up');
        route.close();
        return found;
      });
    index = plug(here, ALICE);
    thereIndex = plug(there, BOB);
  });

  afterAll(() => {
    here?.close();
    there?.close();
  });

  describe('NetworkNamespace', () => {
    test('is entered for as long as an action takes, whose result it gives back', () => {
      const home = ownNamespace();
      const inside = here.within(ownNamespace);
      expect(inside).not.toBe(home);
      expect(there.within(ownNamespace)).not.toBe(inside);
      expect(here.within(ownNamespace)).toBe(inside);
      expect(ownNamespace()).toBe(home);
    });

    test('is left when the action throws', () => {
      const home = ownNamespace();
      const fails = () =>
        here.within(() => {
          throw new Error('enough');
        });
      expect(fails).toThrow('enough');
      expect(ownNamespace()).toBe(home);
    });

    test('may be entered from within another', () => {
      const inside = here.within(() => {
        const before = ownNamespace();
        const deeper = there.within(ownNamespace);
        return [before, deeper, ownNamespace()];
      });
      expect(inside[0]).toBe(inside[2]);
      expect(inside[1]).not.toBe(inside[0]);
    });

    test('has what is started inside, also once the action is over', async () => {
      const child = here.within(() => spawn('sleep', ['60']));
      try {
        expect(readlinkSync(`/proc/${child.pid}/ns/net`)).toBe(here.within(ownNamespace));
      } finally {
        const ended = new Promise((resolve) => child.once('close', resolve));
        child.kill();
        await ended;
      }
    });

    test('leaves no descriptor open', () => {
      expect(leaks(() => here.within(() => undefined))).toBe(false);
      expect(leaks(() => NetworkNamespace.create().close())).toBe(false);
    });

    test('tells who may not make one that he may not', async () => {
      const nobody = makeNobody();
      const module = join(nobody.project, 'dist', 'io', 'network-namespace.js');
      const code = `import { NetworkNamespace } from '${module}'; NetworkNamespace.create();`;
      const node = [process.execPath, '--input-type=module', '-e', code];
      const { stderr } = await run([...nobody.words, ...node]);
      nobody.remove();
      expect(stderr).toMatch(/Cannot make a network namespace: .*EPERM/);
    });

    test('joined to another by a wire reaches it', () => {
      here.within(() => system('ping', '-c', '1', '-W', '10', '10.9.0.2'));
    });
  });

  describe('Capture', () => {
    let near: Capture;
    let far: Capture;

    beforeEach(() => {
      near = here.within(() => new Capture(index));
      far = there.within(() => new Capture(thereIndex));
      return () => {
        near.close();
        far.close();
      };
    });

    /** A frame that nobody's stack takes. */
    function frame(payload: Uint8Array): Uint8Array {
      const octets = new Uint8Array(ETHERNET_HEADER_LENGTH + payload.length);
      emitEthernetHeader(NOWHERE, NOWHERE, ETHER_TYPE_OF.IPV4, octets, 0);
      octets.set(payload, ETHERNET_HEADER_LENGTH);
      return octets;
    }

    /** What came that was injected: the hosts' own stacks may ask for each other at any time. */
    function injected(capture: Capture): CapturedFrame[] {
      return capture.take().filter(({ octets }) => sameOctets(octets.subarray(6, 12), NOWHERE));
    }

    test('sees what is put on the wire at the other end, as it was and when', () => {
      const sent = frame(udpPacket(countedOctets(100)));
      const before = Date.now();
      near.inject(sent);
      const seen = injected(far);
      expect(seen.map(({ octets }) => octets)).toEqual([sent]);
      expect(Math.abs((seen[0]?.at ?? 0) - before)).toBeLessThan(10_000);
      expect(injected(far)).toEqual([]);
    });

    test('does not see what it put there itself', () => {
      near.inject(frame(EMPTY));
      expect(injected(near)).toEqual([]);
    });

    test('keeps the order, and copies', () => {
      const frames = [1, 2, 3].map((k) => frame(countedOctets(k * 100)));
      for (const octets of frames) near.inject(octets);
      const first = injected(far);
      near.inject(frame(new Uint8Array(300)));
      far.take();
      expect(first.map(({ octets }) => octets)).toEqual(frames);
    });

    test('sees both ways of a conversation', () => {
      here.within(() => system('ping', '-c', '1', '-W', '10', '10.9.0.2'));
      const protocols = near
        .take()
        .filter(({ octets }) => octets[12] === 8 && octets[13] === 0)
        .map(({ octets }) => ipv4Protocol(octets, ETHERNET_HEADER_LENGTH));
      expect(protocols).toEqual([IP_PROTOCOL.icmp, IP_PROTOCOL.icmp]);
    });

    test('says what went wrong, and leaves nothing open', () => {
      expect(() => near.inject(new Uint8Array(20_000))).toThrow(
        /^Cannot put a frame on the wire: .*EMSGSIZE/,
      );
      const open = () => here.within(() => new Capture(9999));
      expect(open).toThrow(/^Cannot capture on interface 9999: .*ENODEV/);
      expect(leaks(() => expect(open).toThrow())).toBe(false);
    });
  });

  describe('Tun', () => {
    const AT = 33;
    let tally: DiscardTally;

    beforeEach(() => {
      tally = new DiscardTally();
    });

    /** A device with a route to 10.99.0.0/24 by it, for as long as `action` takes. */
    async function withTun(action: (tun: Tun, memory: PinnedMemory) => unknown): Promise<void> {
      const memory = new PinnedMemory(LENGTH + COALESCING_LENGTH);
      const tun = here.within(() => {
        const made = new Tun('tun9', 1300, memory, LENGTH, tally);
        system('ip', 'route', 'add', '10.99.0.0/24', 'dev', 'tun9', 'src', '10.9.0.1');
        return made;
      });
      try {
        await action(tun, memory);
      } finally {
        tun.close();
      }
    }

    test('is up, with the MTU and the loose filter that were asked for', () =>
      withTun((tun) => {
        const line = here.within(() => system('ip', '-o', 'address', 'show', 'dev', 'tun9'));
        expect(line).toMatch(
          new RegExp(`^${tun.index}: tun9 +inet 192\\.0\\.0\\.8/32 scope host `),
        );
        expect(here.within(() => system('ip', 'link', 'show', 'tun9'))).toMatch(/UP.* mtu 1300 /);
        const filter = ['sysctl', '-n', 'net.ipv4.conf.tun9.rp_filter'] as const;
        expect(here.within(() => system(...filter))).toBe('2\n');
      }));

    test('receives what the kernel routes into it, whole, at the place asked for', () =>
      withTun((tun, memory) => {
        const packet = packetAt(memory, AT);
        expect(tun.receive(packet)).toBe(false);
        const send =
          'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM);' +
          's.sendto(bytes(range(200)), ("10.99.0.7", 5000))';
        here.within(() => system('python3', '-c', send));
        memory.octets.fill(0xa5);
        expect(tun.receive(packet)).toBe(true);
        expect(packet).toMatchObject({ at: AT, length: 228 });
        expect(packetOctets(packet).subarray(28)).toEqual(countedOctets(200));
        expect(Array.from(packetOctets(packet).subarray(12, 20))).toEqual([
          10, 9, 0, 1, 10, 99, 0, 7,
        ]);
        // In front of it stands what is left to be done on it.
        const { octets } = memory;
        const before = AT - VIRTIO_NET_LENGTH;
        expect([octets[before - 1], octets[AT + 228]]).toEqual([0xa5, 0xa5]);
        expect(tun.receive(packet)).toBe(false);
      }));

    test('can be waited for', () =>
      withTun((tun) => {
        const readiness = new Readiness([tun.fd]);
        const idle = elapsed(() => readiness.wait(30));
        here.within(() => spawnSync('ping', ['-c', '1', '-W', '0.01', '10.99.0.7']));
        expect(idle).toBeGreaterThan(20);
        expect(readiness.found(tun.fd)).toBe(false);
        expect(elapsed(() => readiness.wait(20_000))).toBeLessThan(10_000);
        expect(readiness.found(tun.fd)).toBe(true);
        readiness.close();
      }));

    test('delivers what the host then takes for its own', () =>
      withTun(async (tun, memory) => {
        // Somebody far away asks whether the host is there, and the answer comes back by the device.
        const request = echoRequest('10.99.0.7', '10.9.0.1');
        tun.deliver(packetAt(memory, AT, request));
        tun.flush();
        const packet = packetAt(memory, AT);
        await waitUntil('an answer', () => tun.receive(packet));
        const answer = packetOctets(packet);
        expect(Array.from(answer.subarray(12, 20))).toEqual([10, 9, 0, 1, 10, 99, 0, 7]);
        expect([answer[20], answer[21]]).toEqual([0, 0]);
        expect(answer.subarray(28)).toEqual(request.subarray(28));
      }));

    test('counts what the host does not take, each packet of those that were joined', () =>
      withTun((tun, memory) => {
        const send = (sourcePort: number) => {
          const ports = { source: address('10.99.0.7'), destination: ALICE, sourcePort };
          const datagram = udpPacket(countedOctets(100), { ...ports, destinationPort: 5000 });
          tun.deliver(packetAt(memory, AT, datagram));
        };
        for (const port of [7000, 7000, 7000, 7001]) send(port);
        tun.flush();
        expect(tally.snapshot()).toEqual({});
        here.within(() => system('ip', 'link', 'set', 'tun9', 'down'));
        for (const port of [7000, 7000, 7000, 7001]) send(port);
        tun.flush();
        expect(tally.snapshot()).toEqual({ 'in-deliver-error': 4 });
      }));

    test('goes when it is closed, and may be made again', async () => {
      await withTun(() => undefined);
      const links = here.within(() => system('ip', '-o', 'link'));
      expect(links).not.toContain('tun9');
      await withTun(() => undefined);
    });

    test('is refused to a second process, in words that help', () =>
      withTun(() => {
        const memory = new PinnedMemory(LENGTH);
        const make = () => here.within(() => new Tun('tun9', 1300, memory, LENGTH, tally));
        const explanation = 'another process has it: is ipseald running?';
        expect(make).toThrow(new SystemError('make the TUN device tun9', 16, explanation).message);
        expect(leaks(() => expect(make).toThrow())).toBe(false);
        expect(TUN_NAME.length).toBeLessThan(16);
      }));
  });

  describe('NetworkSockets', () => {
    const AT = 65;

    test('sends whole packets as they are, and receives ESP, AH and IPComp', async () => {
      const memory = new PinnedMemory(LENGTH + RECEIVE_LENGTH);
      const farMemory = new PinnedMemory(LENGTH + RECEIVE_LENGTH);
      const near = here.within(() => new NetworkSockets(memory, LENGTH));
      const far = there.within(() => new NetworkSockets(farMemory, LENGTH));
      const seen = there.within(() => new Capture(thereIndex));
      try {
        for (const protocol of [IP_PROTOCOL.esp, IP_PROTOCOL.ah, IP_PROTOCOL.ipcomp]) {
          const sent = ipv4Packet({ protocol, payload: countedOctets(300), identification: 77 });
          expect(near.transmit(packetAt(memory, AT, sent))).toBe(true);
          const packet = packetAt(farMemory, AT);
          await waitUntil('the packet', () => far.receive(packet));
          expect(packetOctets(packet)).toEqual(sent);
          expect(packet.at).toBe(AT);
          expect(far.receive(packet)).toBe(false);
        }
        const onWire = seen.take().map(({ octets }) => octets.subarray(ETHERNET_HEADER_LENGTH));
        expect(onWire.map((octets) => ipv4Protocol(octets, 0))).toEqual(
          expect.arrayContaining([50, 51]),
        );
      } finally {
        near.close();
        far.close();
        seen.close();
      }
    });

    test('receives many packets of several protocols, those of each in their order', async () => {
      const memory = new PinnedMemory(LENGTH + RECEIVE_LENGTH);
      const farMemory = new PinnedMemory(LENGTH + RECEIVE_LENGTH);
      const near = here.within(() => new NetworkSockets(memory, LENGTH));
      const far = there.within(() => new NetworkSockets(farMemory, LENGTH));
      try {
        const sent = Array.from({ length: 100 }, (_, k) => {
          const protocol = k % 3 === 0 ? IP_PROTOCOL.ah : IP_PROTOCOL.esp;
          return ipv4Packet({ protocol, payload: countedOctets(20 + 7 * k) });
        });
        for (const octets of sent) near.transmit(packetAt(memory, AT, octets));
        const received: Uint8Array[] = [];
        await waitUntil('the packets', () => {
          const packet = packetAt(farMemory, AT);
          while (far.receive(packet)) received.push(packetOctets(packet).slice());
          return received.length === sent.length;
        });
        const of = (protocol: number, packets: readonly Uint8Array[]) =>
          packets.filter((octets) => ipv4Protocol(octets, 0) === protocol);
        for (const protocol of [IP_PROTOCOL.ah, IP_PROTOCOL.esp]) {
          expect(of(protocol, received)).toEqual(of(protocol, sent));
        }
      } finally {
        near.close();
        far.close();
      }
    });

    test('wants as much memory as it receives in', () => {
      const memory = new PinnedMemory(LENGTH + RECEIVE_LENGTH - 1);
      expect(() => here.within(() => new NetworkSockets(memory, LENGTH))).toThrow(RangeError);
    });

    test('puts the header of an IPv6 packet in front again', async () => {
      const ends = [address('fd09::1'), address('fd09::2')] as const;
      for (const [namespace, end, device] of [
        [here, ends[0], index],
        [there, ends[1], thereIndex],
      ] as const) {
        namespace.within(() => {
          writeFileSync('/proc/sys/net/ipv6/conf/wire0/accept_dad', '0');
          const route = new NetlinkSocket(NETLINK.ROUTE);
          route.request(newAddress(device, end, 64), 'address');
          route.close();
        });
      }
      const memory = new PinnedMemory(LENGTH + RECEIVE_LENGTH);
      const farMemory = new PinnedMemory(LENGTH + RECEIVE_LENGTH);
      const near = here.within(() => new NetworkSockets(memory, LENGTH));
      const far = there.within(() => new NetworkSockets(farMemory, LENGTH));
      try {
        for (const nextHeader of [IP_PROTOCOL.esp, IP_PROTOCOL.ah, IP_PROTOCOL.ipcomp]) {
          const sent = new Uint8Array(IPV6_HEADER_LENGTH + 300);
          const [source, destination] = ends;
          const fields = { trafficClass: 0x2e << 2, flowLabel: 0, payloadLength: 300 };
          const header = { ...fields, nextHeader, hopLimit: 63, source, destination };
          emitIpv6Header(header, sent, 0);
          sent.set(countedOctets(300), IPV6_HEADER_LENGTH);
          const packet = packetAt(farMemory, AT);
          await waitUntil('the packet', () => {
            near.transmit(packetAt(memory, AT, sent));
            return far.receive(packet);
          });
          expect(packetOctets(packet)).toEqual(sent);
          while (far.receive(packet));
        }
      } finally {
        near.close();
        far.close();
      }
    });

    test('puts back extension headers of IPv6, in their order', async () => {
      const memory = new PinnedMemory(LENGTH + RECEIVE_LENGTH);
      const farMemory = new PinnedMemory(LENGTH + RECEIVE_LENGTH);
      const near = here.within(() => new NetworkSockets(memory, LENGTH));
      const far = there.within(() => new NetworkSockets(farMemory, LENGTH));
      const { HOP_BY_HOP_OPTIONS, ROUTING, DESTINATION_OPTIONS } = IPV6_EXTENSION;
      const padding = Uint8Array.of(1, 4, 0, 0, 0, 0);
      const longer = Uint8Array.of(0x1e, 12, ...countedOctets(12));
      // Of a type that no host knows, without stops left: passed over (RFC 8200 §4.4).
      const routing = Uint8Array.of(253, 0, 0, 0, 0, 0, ...countedOctets(16));
      try {
        for (const extensions of [
          [[HOP_BY_HOP_OPTIONS, padding]],
          [[DESTINATION_OPTIONS, longer]],
          [
            [HOP_BY_HOP_OPTIONS, longer],
            [DESTINATION_OPTIONS, padding],
            [ROUTING, routing],
            [DESTINATION_OPTIONS, longer],
          ],
        ] as const) {
          for (const protocol of [IP_PROTOCOL.esp, IP_PROTOCOL.ah]) {
            const [source, destination] = [address('fd09::1'), address('fd09::2')];
            const parts = { source, destination, extensions, protocol };
            const sent = ipv6Packet({ ...parts, payload: countedOctets(300) });
            expect(near.transmit(packetAt(memory, AT, sent))).toBe(true);
            const packet = packetAt(farMemory, AT);
            await waitUntil('the packet', () => far.receive(packet));
            expect(packetOctets(packet)).toEqual(sent);
          }
        }
        // And no more of them where there are none.
        const plain = ipv6Packet({
          ...{ source: address('fd09::1'), destination: address('fd09::2') },
          ...{ protocol: IP_PROTOCOL.esp, payload: countedOctets(300) },
        });
        near.transmit(packetAt(memory, AT, plain));
        const packet = packetAt(farMemory, AT);
        await waitUntil('the packet', () => far.receive(packet));
        expect(packetOctets(packet)).toEqual(plain);
      } finally {
        near.close();
        far.close();
      }
    });

    test('says no to what the host would not send', () => {
      const memory = new PinnedMemory(LENGTH + RECEIVE_LENGTH);
      const near = here.within(() => new NetworkSockets(memory, LENGTH));
      const unroutable = udpPacket(countedOctets(8), { destination: address('203.0.113.1') });
      expect(near.transmit(packetAt(memory, AT, unroutable))).toBe(false);
      const tooLong = udpPacket(countedOctets(1500));
      expect(near.transmit(packetAt(memory, AT, tooLong))).toBe(false);
      near.close();
    });

    test('knows the MTU towards a destination, and closes all it opened', () => {
      const use = () => {
        const near = here.within(
          () => new NetworkSockets(new PinnedMemory(LENGTH + RECEIVE_LENGTH), LENGTH),
        );
        expect(near.pathMtu(4, BOB.octets, 0, 0)).toBe(1400);
        near.close();
      };
      expect(leaks(use)).toBe(false);
    });
  });

  describe('PathMtus', () => {
    function towards(text: string): number {
      const mtus = here.within(() => new PathMtus());
      const octets = Uint8Array.of(0, ...address(text).octets);
      const mtu = mtus.towards(4, octets, 1, 0);
      mtus.close();
      return mtu;
    }

    test("is the MTU of the device, or the route's own where it has one", () => {
      here.within(() => {
        system('ip', 'route', 'add', '10.8.0.0/24', 'via', '10.9.0.2');
        system('ip', 'route', 'add', '10.8.0.64/26', 'via', '10.9.0.2', 'mtu', '1280');
      });
      expect(towards('10.9.0.2')).toBe(1400);
      expect(towards('10.8.0.1')).toBe(1400);
      expect(towards('10.8.0.65')).toBe(1280);
    });

    test('is without bound where no route leads, and for the host itself as its loopback has it', () => {
      expect(towards('203.0.113.1')).toBe(0xffff);
      expect(towards('127.0.0.1')).toBe(0xffff);
    });

    test('is remembered for five seconds, unless the clock is set back', () => {
      const mtus = here.within(() => new PathMtus());
      const known = (now: number) => mtus.towards(4, BOB.octets, 0, now);
      expect(known(10_000)).toBe(1400);
      here.within(() => system('ip', 'link', 'set', 'wire0', 'mtu', '1350'));
      expect([known(10_000), known(14_999), known(15_000)]).toEqual([1400, 1400, 1350]);
      here.within(() => system('ip', 'link', 'set', 'wire0', 'mtu', '1300'));
      expect([known(19_999), known(14_999)]).toEqual([1350, 1300]);
      here.within(() => system('ip', 'link', 'set', 'wire0', 'mtu', '1400'));
      mtus.close();
    });
  });

  describe('a bell', () => {
    test('wakes who waits for it until it is silenced, however often it was rung', () => {
      const bell = newBell();
      const readiness = new Readiness([bell]);
      expect(elapsed(() => readiness.wait(30))).toBeGreaterThan(20);
      ring(bell);
      ring(bell);
      expect(elapsed(() => readiness.wait(20_000))).toBeLessThan(10_000);
      expect(elapsed(() => readiness.wait(20_000))).toBeLessThan(10_000);
      silence(bell);
      expect(elapsed(() => readiness.wait(30))).toBeGreaterThan(20);
      silence(bell);
      readiness.close();
      libc.close(bell);
    });
  });
});

/** In milliseconds. */
function elapsed(action: () => void): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

function echoRequest(from: string, to: string): Uint8Array {
  return echoPacket('request', 1, 56, { source: address(from), destination: address(to) });
}
