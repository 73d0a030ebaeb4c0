/**
 * ESP in UDP (RFC 3948), through a NAT and without one.
 *
 *     alice 10.1.0.2 ──── 10.1.0.1 nat 10.9.0.9 ──── 10.9.0.2 bob
 *     port 4500                    port 31234    ▲       port 4500
 *                                                └ tcpdump
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collect } from '../../src/ipsec/backend.ts';
import type { Change } from '../../src/ipsec/change.ts';
import type { SaParameters } from '../../src/ipsec/sa-parameters.ts';
import { tcpdumpLines } from '../lab/capture.ts';
import { succeed } from '../lab/command.ts';
import { joinByVeth, makeNamespace, type Namespace } from '../lab/namespace.ts';
import { describeNetns } from '../lab/tier.ts';
import {
  BOB_ADDRESS,
  captureDuring,
  type Hosts,
  makeHosts,
  PYTHON,
  TestHost,
  WIRE,
  waitUntil,
} from '../support/hosts.ts';
import { layerChanges } from '../support/layers.ts';
import { address } from '../support/packets.ts';
import { containsMarker, exchange, newMarker, ping } from '../support/traffic.ts';

const PORT = 4500;
/** What the NAT makes of it. */
const MAPPED_PORT = 31234;
const ALICE_ADDRESS = '10.1.0.2';
const NAT_ADDRESS = '10.9.0.9';
/** Addresses inside the tunnel, of which the NAT knows nothing. */
const ALICE_INNER = '192.0.2.1';
const BOB_INNER = '192.0.2.2';

const between = (sourcePort: number, destinationPort: number) => ({
  encapsulation: { sourcePort, destinationPort, originalAddress: null },
});

/** `changes` with ESP in UDP between those ports: the first SA's, and the other's. */
function inUdp(changes: readonly Change[], ports: readonly Partial<SaParameters>[]): Change[] {
  let place = 0;
  return changes.map((change) =>
    change.kind === 'add-sa' ? { ...change, sa: { ...change.sa, ...ports[place++] } } : change,
  );
}

describeNetns('ESP in UDP', () => {
  describe('through a NAT', () => {
    let alice: TestHost;
    let bob: TestHost;
    let nat: Namespace;

    beforeAll(async () => {
      alice = new TestHost(await makeNamespace('alice'), ALICE_ADDRESS);
      bob = new TestHost(await makeNamespace('bob'), BOB_ADDRESS);
      nat = await makeNamespace('nat');
      await joinByVeth(alice.namespace, nat, { a: `${ALICE_ADDRESS}/24`, b: '10.1.0.1/24' });
      await joinByVeth(nat, bob.namespace, {
        ...{ a: `${NAT_ADDRESS}/24`, b: `${BOB_ADDRESS}/24` },
        ...{ deviceA: 'wan0', deviceB: WIRE },
      });
      // It forgets sooner than others, and alice sees to it that it does not.
      const forgets = ['', '_stream'].map((of) => `net.netfilter.nf_conntrack_udp_timeout${of}=2`);
      await succeed(nat, ['sysctl', '-qw', 'net.ipv4.ip_forward=1', ...forgets]);
      await succeed(nat, ['nft', '-f', '-'], {
        input: `
table ip nat {
  chain leaving {
    type nat hook postrouting priority srcnat;
    ip saddr ${ALICE_ADDRESS} udp dport ${PORT} masquerade to :${MAPPED_PORT}
    ip saddr ${ALICE_ADDRESS} masquerade
  }
  # What nobody behind it has asked for leaves no trace.
  chain unasked {
    type filter hook input priority filter;
    iifname wan0 udp dport ${MAPPED_PORT} drop
  }
}`,
      });
      await alice.namespace.ip('route', 'add', 'default', 'via', '10.1.0.1');
      await alice.namespace.addAddress('lo', `${ALICE_INNER}/32`);
      await bob.namespace.addAddress('lo', `${BOB_INNER}/32`);
      const toBob = ['via', '10.1.0.1', 'src', ALICE_INNER];
      await alice.namespace.ip('route', 'add', BOB_INNER, ...toBob);
      const toAlice = ['via', NAT_ADDRESS, 'src', BOB_INNER];
      await bob.namespace.ip('route', 'add', ALICE_INNER, ...toAlice);
      await alice.startDaemon({ args: ['--keepalive', '1'] });
      await bob.startDaemon({ args: ['--keepalive', '0'] });
      const seenFrom = (aliceEnd: string) =>
        layerChanges({
          between: [ALICE_INNER, BOB_INNER],
          layers: [{ protocol: 'esp', tunnel: [aliceEnd, BOB_ADDRESS] }],
        });
      const atAlice = [between(PORT, PORT), between(PORT, PORT)];
      const atBob = [between(MAPPED_PORT, PORT), between(PORT, MAPPED_PORT)];
      const { alice: aliceChanges } = seenFrom(ALICE_ADDRESS);
      const { bob: bobChanges } = seenFrom(NAT_ADDRESS);
      await alice.ask((client) => client.commit(inUdp(aliceChanges, atAlice)));
      await bob.ask((client) => client.commit(inUdp(bobChanges, atBob)));
    });

    afterAll(async () => {
      for (const one of [alice, bob, nat]) await one?.dispose();
    });

    test('keepalives alone have the NAT know the way to who has yet to say something', async () => {
      const discards = await bob.discardsDuring(async () => {
        const pcap = await captureDuring(bob, async () => {
          await waitUntil('the way to alice', async () => {
            const once = ['ping', '-c', '1', '-W', '1', ALICE_INNER];
            return (await bob.namespace.run(once)).status === 0;
          });
        });
        const [first] = await tcpdumpLines(pcap, ['-t', `udp and src ${NAT_ADDRESS}`]);
        expect(first).toBe(
          `IP ${NAT_ADDRESS}.${MAPPED_PORT} > ${BOB_ADDRESS}.${PORT}: isakmp-nat-keep-alive`,
        );
      });
      expect(discards).toEqual({});
    });

    test('keepalives go to who was sent nothing for a while, and keep the way open', async () => {
      const counting = bob.namespace.spawn(['tcpdump', '-lnti', WIRE, 'udp[4:2] = 9']);
      await counting.until(/listening on/);
      await waitUntil('four keepalives', () => {
        return (counting.stdout.match(/isakmp-nat-keep-alive/g) ?? []).length >= 4;
      });
      const { stdout } = await counting.stop('SIGINT');
      const way = `${NAT_ADDRESS}.${MAPPED_PORT} > ${BOB_ADDRESS}.${PORT}`;
      for (const line of stdout.trim().split('\n')) expect(line).toContain(way);
      await ping(bob.namespace, ALICE_INNER);
    });

    test('a tunnel carries everything, and the wire shows datagrams of ESP alone', async () => {
      const marker = newMarker();
      const discards = { alice: {}, bob: {} };
      const pcap = await captureDuring(bob, async () => {
        discards.alice = await alice.discardsDuring(async () => {
          discards.bob = await bob.discardsDuring(async () => {
            // Alice first: the NAT learns of her.
            for (const length of [56, 1300, 8000]) {
              await ping(alice.namespace, BOB_INNER, { length, marker });
              await ping(bob.namespace, ALICE_INNER, { length, marker });
            }
            await exchange({
              ...{ asking: bob.namespace, answering: alice.namespace, address: ALICE_INNER },
              ...{ port: 5000, marker, tcpLength: 300_000, udpLengths: [1, 1300, 8000] },
            });
          });
        });
      });
      expect(containsMarker(pcap, marker)).toBe(false);
      const lines = await tcpdumpLines(pcap, ['-t', 'ip and ip[6:2] & 0x1fff = 0']);
      const there = `IP ${NAT_ADDRESS}.${MAPPED_PORT} > ${BOB_ADDRESS}.${PORT}: `;
      const back = `IP ${BOB_ADDRESS}.${PORT} > ${NAT_ADDRESS}.${MAPPED_PORT}: `;
      expect(lines.filter((line) => !line.startsWith(there) && !line.startsWith(back))).toEqual([]);
      expect(lines[0]).toContain('UDP-encap: ESP(');
      const reasons = [...Object.keys(discards.alice), ...Object.keys(discards.bob)];
      expect(reasons.filter((reason) => reason !== 'out-too-big')).toEqual([]);
    });

    test('keepalives go unnoticed; IKE is counted and goes nowhere', async () => {
      const send = `
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for payload in (b'\\xff', b'\\0\\0\\0\\0' + b'ike', b'ab'):
    s.sendto(payload, ('${BOB_ADDRESS}', ${PORT}))`;
      const discards = await bob.discardsDuring(async () => {
        await succeed(nat, [PYTHON, '-c', send]);
        const count = async () => (await bob.discards())['in-no-ike'] ?? 0;
        await waitUntil('what was sent', async () => (await count()) >= 2);
      });
      expect(discards).toEqual({ 'in-no-ike': 2 });
    });
  });

  describe('between two hosts', () => {
    let hosts: Hosts;

    beforeAll(async () => {
      hosts = await makeHosts();
      await hosts.alice.namespace.addAddress(WIRE, 'fd09::1/64');
      await hosts.bob.namespace.addAddress(WIRE, 'fd09::2/64');
    });

    afterAll(async () => {
      await hosts?.dispose();
    });

    const CASES = [
      { name: 'IPv4', ends: ['10.9.0.1', '10.9.0.2'] },
      { name: 'IPv6', ends: ['fd09::1', 'fd09::2'] },
    ] as const;

    for (const { name, ends } of CASES) {
      for (const mode of ['transport', 'tunnel'] as const) {
        test(`${mode} mode over ${name}, under policies for everything`, async () => {
          const sa = between(PORT, PORT);
          const tunnel = mode === 'tunnel' ? { tunnel: ends } : {};
          const changes = layerChanges({
            between: ends,
            layers: [{ protocol: 'esp', sa, ...tunnel }],
          });
          const { alice, bob } = hosts;
          await alice.ask((client) => client.commit(changes.alice));
          await bob.ask((client) => client.commit(changes.bob));
          const marker = newMarker();
          const pcap = await captureDuring(bob, async () => {
            for (const length of [56, 1300, 8000]) {
              await ping(alice.namespace, ends[1], { length, marker });
            }
            await exchange({
              ...{ asking: bob.namespace, answering: alice.namespace, address: ends[0] },
              ...{ port: 5000, marker, tcpLength: 300_000, udpLengths: [1, 1300, 8000] },
            });
          });
          expect(containsMarker(pcap, marker)).toBe(false);
          const [first] = await tcpdumpLines(pcap, ['-t', `udp port ${PORT}`]);
          expect(first).toContain('UDP-encap: ESP(');
        });
      }
    }

    test('the port is free again when its SAs are gone, and a port that is taken is told', async () => {
      const { alice } = hosts;
      const bound = async () => (await alice.namespace.run(['ss', '-Hlun'])).stdout;
      expect(await bound()).toContain('[fd09::1]:4500');
      await alice.load('flush; spdflush;');
      expect(await bound()).not.toContain(':4500');
      const take = `
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('', ${PORT}))
print('bound', flush=True)
time.sleep(60)`;
      const other = alice.namespace.spawn([PYTHON, '-c', take]);
      await other.until(/bound/);
      const { alice: changes } = layerChanges({
        between: CASES[0].ends,
        layers: [{ protocol: 'esp', sa: between(PORT, PORT) }],
      });
      await expect(alice.ask((client) => client.commit(changes))).rejects.toThrow(
        'Cannot receive ESP at UDP port 4500 of 10.9.0.1: another program has the port',
      );
      expect(await alice.ask((client) => collect(client.sas()))).toEqual([]);
      await other.stop();
      await alice.ask((client) => client.commit(changes));
      const [sa] = await alice.ask((client) => collect(client.sas()));
      expect(sa?.parameters.source).toEqual(address('10.9.0.2'));
    });
  });
});
