/**
 * Two hosts, their engines, a wire, and somebody on it.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';
import { AES_CBC } from '../../src/crypto/aes-cbc.ts';
import { HMAC_SHA1 } from '../../src/crypto/hmac-sha1.ts';
import { HMAC_SHA256 } from '../../src/crypto/hmac-sha2.ts';
import { INSECURE_3DES_CBC } from '../../src/crypto/insecure/3des-cbc.ts';
import { INSECURE_HMAC_MD5 } from '../../src/crypto/insecure/hmac-md5.ts';
import type { Change } from '../../src/ipsec/change.ts';
import { UNLIMITED } from '../../src/ipsec/lifetime.ts';
import type { Action, Policy, Template } from '../../src/ipsec/policy.ts';
import type { SaParameters } from '../../src/ipsec/sa-parameters.ts';
import { u32 } from '../../src/octets/octets.ts';
import { icmpChecksumHolds, icmpCode, icmpNextHopMtu, icmpType } from '../../src/wire/icmp.ts';
import {
  ipv4ChecksumHolds,
  ipv4DontFragment,
  ipv4Identification,
  ipv4IsFragment,
  ipv4Protocol,
  updateIpv4Checksum,
} from '../../src/wire/ipv4.ts';
import { EnginePair, type PairOptions } from '../support/engine-pair.ts';
import {
  ALICE,
  BOB,
  countedOctets,
  echoPacket,
  ipv4Packet,
  udpPacket,
} from '../support/packets.ts';
import {
  addPolicy,
  addSa,
  ahSa,
  cipherOf,
  espSa,
  integrityOf,
  layer,
  mirrored,
  opposite,
  policy,
  protect,
} from '../support/sas.ts';

/** A policy of Alice's as Bob has it, in the same direction. */
function turned(change: Change): Change {
  if (change.kind !== 'add-policy') return change;
  const { localAddress, remoteAddress } = change.policy.selector;
  const selector = {
    ...change.policy.selector,
    localAddress: remoteAddress,
    remoteAddress: localAddress,
  };
  return { ...change, policy: { ...change.policy, selector } };
}

/** Both ways under `sas`, each also in its opposite, and policies that ask for `layers`. */
function protectedPair(
  sas: readonly SaParameters[],
  layers: readonly Template[],
  options: PairOptions = {},
  parts: Parameters<typeof policy>[2] = {},
): EnginePair {
  const pair = new EnginePair(options);
  const action = protect(...layers);
  const out = policy('outbound', action, parts);
  const incoming = policy('inbound', action, parts);
  const both = sas.flatMap((sa) => [addSa(sa), addSa(opposite(sa))]);
  pair.commit(
    [...both, addPolicy(out), addPolicy(incoming)],
    [...both, addPolicy(mirrored(out)), addPolicy(mirrored(incoming))],
  );
  return pair;
}

const esp = layer('esp');
const ah = layer('ah');
const REQUEST = echoPacket('request', 1, 56);
const REPLY = echoPacket('reply', 1, 56, { source: BOB, destination: ALICE });
const replying = { source: BOB, destination: ALICE };

describe('an echo and its reply', () => {
  test.each<[string, SaParameters[], Template[], number]>([
    ['ESP, AES-CBC and HMAC-SHA-256-128', [espSa()], [esp], 50],
    [
      'ESP, 3DES and HMAC-SHA-1',
      [
        espSa({
          encryption: cipherOf(INSECURE_3DES_CBC),
          integrity: integrityOf(HMAC_SHA1),
        }),
      ],
      [esp],
      50,
    ],
    ['AH, HMAC-MD5', [ahSa({ integrity: integrityOf(INSECURE_HMAC_MD5) })], [ah], 51],
    [
      'AH over ESP, as in the LARTC howto',
      [
        espSa({ encryption: cipherOf(INSECURE_3DES_CBC), integrity: null, replayWindow: 0 }),
        ahSa({ integrity: integrityOf(INSECURE_HMAC_MD5), replayWindow: 0 }),
      ],
      [esp, ah],
      51,
    ],
  ])('under %s', (_, sas, layers, outermost) => {
    const pair = protectedPair(sas, layers);
    expect(pair.send('alice', REQUEST)).toEqual([REQUEST]);
    expect(pair.send('bob', REPLY)).toEqual([REPLY]);
    expect(pair.seen.map(({ to, octets }) => [to, ipv4Protocol(octets, 0)])).toEqual([
      ['right', outermost],
      ['left', outermost],
    ]);
    expect(pair.seen.every(({ octets }) => ipv4ChecksumHolds(octets, 0))).toBe(true);
    expect([pair.alice.engine.discards(), pair.bob.engine.discards()]).toEqual([{}, {}]);
  });

  test('are counted by both ends, SA by SA and policy by policy', () => {
    const pair = protectedPair([espSa()], [esp]);
    pair.now = 5_000;
    for (let k = 0; k < 3; k++) pair.send('alice', REQUEST);
    pair.send('bob', REPLY);
    for (const { engine } of [pair.alice, pair.bob]) {
      expect([...engine.sas(pair.now)]).toMatchObject([
        { sequenceNumber: 1, packets: 1, octets: REPLY.length, usedAt: 5_000 },
        { sequenceNumber: 3, packets: 3, octets: 3 * REQUEST.length, usedAt: 5_000 },
      ]);
      expect([...engine.policies()].map(({ usedAt }) => usedAt)).toEqual([5_000, 5_000]);
    }
  });

  test('are counted by the SA that would not have them, too', () => {
    const hardLifetime = { ...UNLIMITED, seconds: 9 };
    const pair = protectedPair([espSa({ hardLifetime }), espSa({ spi: 0x202 })], [esp]);
    for (let k = 0; k < 3; k++) pair.send('alice', REQUEST);
    const [first, second] = pair.seen.map(({ octets }) => octets);
    const forged = first?.slice() ?? new Uint8Array();
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    // Seen before; and as a number that was not, but with another ICV.
    pair.attack(first ?? forged);
    pair.attack(second ?? forged);
    forged[27] = 9;
    pair.attack(forged);
    const [there] = [...pair.bob.engine.sas(0)].filter(({ packets }) => packets > 0);
    expect(there).toMatchObject({
      packets: 3,
      window: { highest: 3, missing: 0 },
      discards: { 'in-state-seq-error': 2, 'in-state-proto-error': 1 },
    });
    expect(pair.bob.engine.discards()).toEqual(there?.discards);
    // A packet that no policy wants is no fault of the SA that it came by.
    pair.bob.engine.commit([{ kind: 'flush-policies' }], 0);
    pair.bob.engine.commit([addPolicy(policy('inbound', { kind: 'discard' }))].map(turned), 0);
    pair.send('alice', REQUEST);
    expect(pair.bob.engine.discards()).toMatchObject({ 'in-pol-block': 1 });
    const [after] = [...pair.bob.engine.sas(0)].filter(({ packets }) => packets > 0);
    expect(after?.discards).toEqual(there?.discards);
  });

  test('one policy for one port leaves the rest in the clear', () => {
    const port = { first: 5000, last: 5000 };
    const pair = protectedPair([espSa()], [esp], {}, { nextLayerProtocol: 17, remotePort: port });
    const to = (destinationPort: number) => udpPacket(countedOctets(20), { destinationPort });
    for (const packet of [to(5000), to(5001), REQUEST]) {
      expect(pair.send('alice', packet)).toEqual([packet]);
    }
    expect(pair.seen.map(({ octets }) => ipv4Protocol(octets, 0))).toEqual([50, 17, 1]);
  });
});

describe('large datagrams', () => {
  test.each([1473, 3000, 9000, 65_000])(
    'of %i octets are protected whole, cut outside, and delivered equal',
    (length) => {
      const pair = protectedPair([espSa(), ahSa()], [esp, ah]);
      const datagram = udpPacket(countedOctets(length));
      expect(pair.send('alice', datagram)).toEqual([datagram]);
      expect(pair.seen.length).toBeGreaterThan(1);
      for (const { octets } of pair.seen) {
        expect(octets.length).toBeLessThanOrEqual(1500);
        expect([ipv4Protocol(octets, 0), ipv4IsFragment(octets, 0)]).toEqual([51, true]);
      }
    },
  );

  test('too long to be protected go nowhere', () => {
    const pair = protectedPair([espSa()], [esp]);
    expect(pair.send('alice', udpPacket(countedOctets(65_507)))).toEqual([]);
    expect(pair.alice.engine.discards()).toEqual({ 'out-error': 1 });
    expect(pair.seen).toEqual([]);
  });

  test('that the host did not number get a number each before AH covers it (RFC 6864)', () => {
    const pair = protectedPair([ahSa()], [ah]);
    for (let k = 0; k < 3; k++) {
      pair.send('alice', udpPacket(countedOctets(9), { identification: 0 }));
    }
    const numbers = pair.seen.map(({ octets }) => ipv4Identification(octets, 0));
    expect(new Set(numbers).size).toBe(3);
    expect(numbers).not.toContain(0);
  });
});

describe('a packet that must not be fragmented', () => {
  const dontFragment = true;
  const sized = (length: number) => udpPacket(countedOctets(length - 28), { dontFragment });

  for (const [name, sas, layers] of [
    ['ESP', [espSa()], [esp]],
    ['AH', [ahSa()], [ah]],
    ['AH over ESP', [espSa(), ahSa()], [esp, ah]],
    [
      'ESP with HMAC-SHA-256-96',
      [espSa({ integrity: integrityOf(HMAC_SHA256, 12), encryption: cipherOf(AES_CBC) })],
      [esp],
    ],
  ] as const) {
    for (const mtu of [576, 1280, 1499, 1500]) {
      test(`and is too big under ${name} at ${mtu} is answered with the size that fits`, () => {
        const pair = protectedPair(sas, layers, { mtu });
        expect(pair.send('alice', sized(mtu))).toEqual([]);
        expect(pair.seen).toEqual([]);
        expect(pair.alice.engine.discards()).toEqual({ 'out-too-big': 1 });
        const [answer] = pair.alice.host.delivered.splice(0);
        if (answer === undefined) throw new Error('Bug: no answer');
        expect(ipv4ChecksumHolds(answer, 0)).toBe(true);
        expect(icmpChecksumHolds(answer, 20, answer.length - 20)).toBe(true);
        expect([icmpType(answer, 20), icmpCode(answer, 20)]).toEqual([3, 4]);
        expect(answer.slice(12, 20)).toEqual(Uint8Array.of(...BOB.octets, ...ALICE.octets));
        expect(answer.length).toBe(Math.min(576, 28 + mtu));
        // The quoted packet is the one in the clear, as the host knows it.
        expect(answer.slice(28)).toEqual(sized(mtu).slice(0, answer.length - 28));
        const fitting = icmpNextHopMtu(answer, 20);
        expect(pair.send('alice', sized(fitting + 1))).toEqual([]);
        expect(pair.send('alice', sized(fitting))).toEqual([sized(fitting)]);
        const [sealed] = pair.seen;
        expect(sealed && ipv4DontFragment(sealed.octets, 0)).toBe(true);
        expect(sealed?.octets.length).toBeLessThanOrEqual(mtu);
      });
    }
  }

  test('nor be protected is not cut either, but answered', () => {
    const bypass = policy('outbound', { kind: 'bypass' });
    for (const changes of [[], [addPolicy(bypass)]]) {
      const pair = new EnginePair({ mtu: 1000 });
      pair.commit(changes, []);
      expect(pair.send('alice', sized(1001))).toEqual([]);
      expect(pair.seen).toEqual([]);
      expect(pair.alice.engine.discards()).toEqual({ 'out-too-big': 1 });
      expect(pair.alice.host.delivered.map((octets) => icmpNextHopMtu(octets, 20))).toEqual([1000]);
      expect(pair.send('alice', sized(1000))).toEqual([sized(1000)]);
    }
  });
});

describe('an attacker on the wire', () => {
  test('forges a packet in the clear', () => {
    const pair = protectedPair([espSa()], [esp]);
    expect(pair.attack(REQUEST)).toEqual([]);
    expect(pair.bob.engine.discards()).toEqual({ 'in-tmpl-mismatch': 1 });
  });

  test('forges it in fragments', () => {
    const port = { first: 5000, last: 5000 };
    const pair = protectedPair([espSa()], [esp], {}, { nextLayerProtocol: 17, remotePort: port });
    const { length } = udpPacket(countedOctets(100));
    const datagram = udpPacket(countedOctets(100)).slice(20, length);
    const parts = [datagram.slice(0, 64), datagram.slice(64)].map((payload, k) =>
      ipv4Packet({ payload, fragment: { offset: k * 64, more: k === 0 } }),
    );
    expect(parts.flatMap((part) => pair.attack(part))).toEqual([]);
    expect(pair.bob.engine.discards()).toEqual({ 'in-tmpl-mismatch': 1 });
  });

  test('plays packets again, in any order', () => {
    const pair = protectedPair([espSa(), ahSa()], [esp, ah]);
    for (let k = 0; k < 10; k++) expect(pair.send('alice', REQUEST)).toHaveLength(1);
    const recorded = pair.seen.map(({ octets }) => octets).toReversed();
    for (const packet of recorded) expect(pair.attack(packet)).toEqual([]);
    expect(pair.bob.engine.discards()).toEqual({ 'in-state-seq-error': 10 });
  });

  test('plays a packet back to its sender', () => {
    const pair = protectedPair([espSa()], [esp]);
    pair.send('alice', REQUEST);
    const [sealed] = pair.seen;
    if (sealed === undefined) throw new Error('Bug: nothing on the wire');
    const turned = sealed.octets.slice();
    turned.set([...BOB.octets, ...ALICE.octets], 12);
    updateIpv4Checksum(turned, 0);
    pair.wire.inject('left', turned);
    pair.settle();
    expect(pair.alice.host.delivered).toEqual([]);
    expect(pair.alice.engine.discards()).toEqual({ 'in-no-states': 1 });
  });

  test('jumps ahead of the window with a forged number, to no avail', () => {
    const pair = protectedPair([espSa()], [esp]);
    pair.send('alice', REQUEST);
    const forged = (pair.seen[0]?.octets ?? new Uint8Array(0)).slice();
    forged.set([0xff, 0xff, 0xff, 0xff], 24);
    expect(pair.attack(forged)).toEqual([]);
    expect(pair.bob.engine.discards()).toEqual({ 'in-state-proto-error': 1 });
    expect(pair.send('alice', REQUEST)).toEqual([REQUEST]);
  });
});

describe('fail closed', () => {
  const out = policy('outbound', protect(esp));
  const changes = (...policies: Policy[]): Change[] => policies.map(addPolicy);

  test('without an SA nothing gets on the wire', () => {
    const pair = new EnginePair();
    pair.commit(changes(out), []);
    expect(pair.send('alice', REQUEST)).toEqual([]);
    expect([pair.seen, pair.alice.engine.discards()]).toEqual([[], { 'out-no-states': 1 }]);
  });

  test('with an SA past its time nothing gets on the wire', () => {
    const hardLifetime = { ...UNLIMITED, seconds: 10 };
    const pair = protectedPair([espSa({ hardLifetime })], [esp]);
    pair.now = 10_000;
    expect(pair.send('alice', REQUEST)).toEqual([]);
    expect([pair.seen, pair.alice.engine.discards()]).toEqual([[], { 'out-state-expired': 1 }]);
  });

  test.each([
    ['octets', 2 * REQUEST.length],
    ['packets', 2],
  ])('an SA that has carried its %s carries no more, at either end', (unit, limit) => {
    const hardLifetime = { ...UNLIMITED, [unit]: limit };
    const pair = protectedPair([espSa({ hardLifetime })], [esp]);
    const outcomes = [1, 2, 3].map(() => pair.send('alice', REQUEST).length);
    expect(outcomes).toEqual([1, 1, 0]);
    expect(pair.alice.engine.discards()).toEqual({ 'out-state-expired': 1 });
    // Of bob's two, the one that has carried what it may is gone.
    expect([...pair.bob.engine.sas(0)].map(({ state }) => state)).toEqual(['mature']);
  });

  test.each<[Action, string]>([
    [{ kind: 'discard' }, 'out-pol-block'],
    [protect(layer('ah', 'require', 42)), 'out-no-states'],
  ])('as %j says', (action, reason) => {
    const pair = new EnginePair();
    pair.commit([addSa(espSa()), ...changes(policy('outbound', action))], []);
    expect(pair.send('alice', REQUEST)).toEqual([]);
    expect([pair.seen, pair.alice.engine.discards()]).toEqual([[], { [reason]: 1 }]);
  });

  test('what no policy speaks of is sent or discarded, as the engine was told', () => {
    const open = new EnginePair({ unmatched: 'transmit' });
    expect(open.send('alice', REQUEST)).toEqual([REQUEST]);
    const closed = new EnginePair({ unmatched: 'discard' });
    expect(closed.send('alice', REQUEST)).toEqual([]);
    expect([closed.seen, closed.alice.engine.discards()]).toEqual([[], { 'out-pol-error': 1 }]);
    closed.alice.engine.commit(changes(policy('outbound', { kind: 'bypass' })), 0);
    expect(closed.send('alice', REQUEST)).toEqual([REQUEST]);
  });

  test('what the wire would not carry is counted', () => {
    const pair = protectedPair([espSa()], [esp], { mtu: 27 });
    expect(pair.send('alice', REQUEST)).toEqual([]);
    expect(pair.alice.engine.discards()).toEqual({ 'out-send-error': 1 });
  });

  test('octets that are no IPv4 packet are counted', () => {
    const pair = protectedPair([espSa()], [esp]);
    expect(pair.send('alice', Uint8Array.of(0x60, ...countedOctets(60)))).toEqual([]);
    expect(pair.alice.engine.discards()).toEqual({ 'out-error': 1 });
  });
});

describe('the guard', () => {
  const out = policy('outbound', protect(esp));

  test('is told the policies before the first packet meets them', () => {
    const installed: (readonly Policy[])[] = [];
    const guard = {
      install: (policies: readonly Policy[]) => installed.push(policies),
      discards: () => ({ 'in-tmpl-mismatch': 3, 'in-pol-block': 0 }),
    };
    const pair = new EnginePair({ guard });
    const first = policy('outbound', { kind: 'bypass' }, { priority: 1, nextLayerProtocol: 1 });
    pair.alice.engine.commit([addPolicy(out), addPolicy(first)], 0);
    expect(installed).toEqual([[first, out]]);
    expect(pair.alice.engine.discards()).toEqual({ 'in-tmpl-mismatch': 3 });
  });

  test('that cannot be installed leaves everything as it was', () => {
    let broken = false;
    const guard = {
      install: () => {
        if (broken) throw new Error('no nf_tables');
      },
      discards: () => ({}),
    };
    const pair = new EnginePair({ guard });
    pair.commit([addSa(espSa()), addPolicy(out)], [addSa(espSa()), addPolicy(mirrored(out))]);
    broken = true;
    const replace = [
      { kind: 'flush-sas', protocol: null },
      { kind: 'flush-policies' },
      addSa(ahSa()),
    ] as const;
    expect(() => pair.alice.engine.commit(replace, 0)).toThrow('no nf_tables');
    expect([...pair.alice.engine.sas(0)].map(({ parameters }) => parameters.spi)).toEqual([0x201]);
    expect(pair.send('alice', REQUEST)).toEqual([REQUEST]);
    expect(u32(pair.seen[0]?.octets ?? new Uint8Array(24), 20)).toBe(0x201);
  });

  test('and the engine count into one sum', () => {
    const guard = { install: () => undefined, discards: () => ({ 'in-tmpl-mismatch': 2 }) };
    const pair = protectedPair([espSa()], [esp], { guard });
    pair.attack(REQUEST);
    expect(pair.bob.engine.discards()).toEqual({ 'in-tmpl-mismatch': 3 });
  });
});

describe('Engine.pump()', () => {
  test('finishes a batch of either side and says that there is more', () => {
    const pair = protectedPair([espSa()], [esp]);
    for (let k = 0; k < 100; k++) pair.alice.host.send(REQUEST);
    expect(pair.alice.engine.pump(0)).toBe(true);
    expect(pair.seen).toHaveLength(64);
    expect(pair.alice.engine.pump(0)).toBe(false);
    expect(pair.seen).toHaveLength(100);
    pair.settle();
    expect(pair.bob.host.delivered).toHaveLength(100);
  });

  test('changes of SAs between packets take effect at once', () => {
    const pair = protectedPair([espSa()], [esp]);
    const newer = espSa({ spi: 0x999, integrity: integrityOf(HMAC_SHA256, 16, 8) });
    pair.commit([addSa(newer)], [addSa(newer)]);
    expect(pair.send('alice', REQUEST)).toEqual([REQUEST]);
    expect(u32(pair.seen[0]?.octets ?? new Uint8Array(24), 20)).toBe(0x999);
    const gone: Change = { kind: 'delete-sa', id: newer };
    pair.commit([gone], [gone]);
    expect(pair.send('alice', REQUEST)).toEqual([REQUEST]);
    expect(u32(pair.seen[1]?.octets ?? new Uint8Array(24), 20)).toBe(0x201);
    expect(pair.send('bob', echoPacket('reply', 2, 9, replying))).toHaveLength(1);
  });
});
