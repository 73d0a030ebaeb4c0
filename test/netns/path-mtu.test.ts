/**
 * A path that is narrower than its first link: routers say so about ESP, and the senders of what is
 * inside hear of it.
 *
 *     alice ──── 1500 ──── router ──── 1400 ──── bob
 *            ▲         │                    │
 *            └ tcpdump └ 10.1.0.1, fd01::1  └ 10.2.0.1, fd02::1
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AES_GCM_16 } from '../../src/crypto/aes-gcm.ts';
import { tcpdumpLines } from '../lab/capture.ts';
import { succeed } from '../lab/command.ts';
import { joinByVeth, makeNamespace, type Namespace } from '../lab/namespace.ts';
import { describeNetns } from '../lab/tier.ts';
import { captureDuring, TestHost, WIRE } from '../support/hosts.ts';
import { type Layer, layerChanges } from '../support/layers.ts';
import { cipherOf } from '../support/sas.ts';
import { containsMarker, exchange, newMarker, ping } from '../support/traffic.ts';

const NARROW_MTU = '1400';
const PREFIX_LENGTH = { 4: 24, 6: 64 } as const;
/** Alice's side of it, and bob's. */
const ROUTER = { 4: ['10.1.0.1', '10.2.0.1'], 6: ['fd01::1', 'fd02::1'] } as const;
const SIDES = { alice: { 4: '10.1.0.', 6: 'fd01::' }, bob: { 4: '10.2.0.', 6: 'fd02::' } } as const;

/** Each case has two of its own: what either host learned in others must not help. */
function addressOf(side: 'alice' | 'bob', version: 4 | 6, place: number): string {
  return `${SIDES[side][version]}${place + 2}`;
}

function wireAddresses(side: 'alice' | 'bob'): string[] {
  return ([4, 6] as const).flatMap((version) =>
    CASES.map((_, place) => `${addressOf(side, version, place)}/${PREFIX_LENGTH[version]}`),
  );
}

const gcm = { encryption: cipherOf(AES_GCM_16), integrity: null };
const inUdp = {
  encapsulation: { sourcePort: 4500, destinationPort: 4500, originalAddress: null },
};

type Make = (ends: readonly [string, string]) => Layer[];
const CASES: readonly (readonly [name: string, make: Make])[] = [
  ['ESP in transport mode', () => [{ protocol: 'esp' }]],
  ['ESP in tunnel mode', (tunnel) => [{ protocol: 'esp', tunnel, sa: gcm }]],
  ['AH', () => [{ protocol: 'ah' }]],
  ['ESP in UDP', (tunnel) => [{ protocol: 'esp', tunnel, sa: { ...gcm, ...inUdp } }]],
];

const TOO_BIG = '(icmp and icmp[0:2] = 0x0304) or (icmp6 and ip6[40] = 2)';

describeNetns('a path that gets narrower', () => {
  let alice: TestHost;
  let bob: TestHost;
  let router: Namespace;

  beforeAll(async () => {
    alice = new TestHost(await makeNamespace('alice'), addressOf('alice', 4, 0));
    bob = new TestHost(await makeNamespace('bob'), addressOf('bob', 4, 0));
    router = await makeNamespace('router');
    await joinByVeth(alice.namespace, router, {
      a: wireAddresses('alice'),
      b: [`${ROUTER[4][0]}/24`, `${ROUTER[6][0]}/64`],
      ...{ deviceA: WIRE, deviceB: 'near0' },
    });
    await joinByVeth(router, bob.namespace, {
      a: [`${ROUTER[4][1]}/24`, `${ROUTER[6][1]}/64`],
      b: wireAddresses('bob'),
      ...{ deviceA: 'far0', deviceB: WIRE },
    });
    await router.ip('link', 'set', 'far0', 'mtu', NARROW_MTU);
    await bob.namespace.ip('link', 'set', WIRE, 'mtu', NARROW_MTU);
    const forwarding = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'];
    // One error for each packet that meets one.
    const unlimited = ['net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0'];
    await succeed(router, ['sysctl', '-qw', ...forwarding, ...unlimited]);
    for (const version of [4, 6] as const) {
      const [toBob, toAlice] = ROUTER[version];
      await bob.namespace.ip('route', 'add', 'default', 'via', toAlice);
      for (const place of CASES.keys()) {
        const from = ['src', addressOf('alice', version, place)];
        const to = addressOf('bob', version, place);
        await alice.namespace.ip('route', 'add', to, 'via', toBob, ...from);
      }
    }
    for (const host of [alice, bob]) await host.startDaemon();
  });

  afterAll(async () => {
    for (const one of [alice, bob, router]) await one?.dispose();
  });

  for (const version of [4, 6] as const) {
    for (const [place, [name, make]] of CASES.entries()) {
      test(`is learned of, and fits ${name} over IPv${version}`, async () => {
        const ends = [
          addressOf('alice', version, place),
          addressOf('bob', version, place),
        ] as const;
        const changes = layerChanges({ between: ends, layers: make(ends) });
        await alice.ask((client) => client.commit(changes.alice));
        await bob.ask((client) => client.commit(changes.bob));
        const marker = newMarker();
        const talk = async (): Promise<readonly string[]> => {
          const pcap = await captureDuring(alice, async () => {
            await exchange({
              ...{ asking: alice.namespace, answering: bob.namespace, address: ends[1] },
              ...{ port: 5000, marker, tcpLength: 300_000, udpLengths: [1] },
            });
          });
          if (name !== 'AH') expect(containsMarker(pcap, marker)).toBe(false);
          return await tcpdumpLines(pcap, ['-t', TOO_BIG]);
        };
        expect((await talk()).length).toBeGreaterThan(0);
        // From now on nothing is sent that the router would have to complain about.
        expect(await talk()).toEqual([]);
        await ping(alice.namespace, ends[1], { length: 4000 });
      });
    }
  }
});
