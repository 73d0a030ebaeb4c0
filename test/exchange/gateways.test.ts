/**
 * Two gateways with tunnels between them and networks behind, over IPv4 and IPv6, and hosts of IPv6:
 * path MTU, fragments, and somebody on the wire.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Change } from '../../src/ipsec/change.ts';
import type { Template } from '../../src/ipsec/policy.ts';
import type { SaParameters } from '../../src/ipsec/sa-parameters.ts';
import { ipAddressAt } from '../../src/net/ip-address.ts';
import { IP_PROTOCOL } from '../../src/net/ip-protocol.ts';
import { checksumOf, sumOctets } from '../../src/octets/checksum.ts';
import { u8, u32 } from '../../src/octets/octets.ts';
import { icmpCode, icmpNextHopMtu, icmpType } from '../../src/wire/icmp.ts';
import { newIpHeader, readIp } from '../../src/wire/ip.ts';
import { ipv4DontFragment, ipv4Identification } from '../../src/wire/ipv4.ts';
import { ENDS, INSIDE, type Version } from '../support/data-path-pair.ts';
import { EnginePair } from '../support/engine-pair.ts';
import { countedOctets, ipPacket, type UdpParts, udpPacket } from '../support/packets.ts';
import {
  addPolicy,
  addSa,
  ahSa,
  espSa,
  inUdp,
  ipcompSa,
  layer,
  mirrored,
  networkPolicy,
  opposite,
  policy,
  protect,
  selector,
  tunnel,
} from '../support/sas.ts';

const NETWORKS = {
  4: ['10.1.0.0/16', '10.2.0.0/16'],
  6: ['2001:db8:1::/48', '2001:db8:2::/48'],
} as const;
const BACK = {
  4: { source: INSIDE[4].destination, destination: INSIDE[4].source },
  6: { source: INSIDE[6].destination, destination: INSIDE[6].source },
} as const;

/** Gateways that protect what goes between the networks of either version by `layers`. */
function gateways(sas: readonly SaParameters[], layers: readonly Template[], mtu = 1500) {
  const pair = new EnginePair({ mtu });
  const action = protect(...layers);
  const both = sas.flatMap((sa) => [addSa(sa), addSa(opposite(sa))]);
  const policies = ([4, 6] as const).flatMap((version) =>
    (['outbound', 'forward'] as const).map((direction) =>
      networkPolicy(direction, action, NETWORKS[version][0], NETWORKS[version][1]),
    ),
  );
  const theirs = policies.map((each) => {
    const other = mirrored(each);
    const direction = each.direction === 'outbound' ? 'forward' : 'outbound';
    return { ...other, direction } as const;
  });
  pair.commit([...both, ...policies.map(addPolicy)], [...both, ...theirs.map(addPolicy)]);
  return pair;
}

/** An ESP tunnel over IP of `outer`. */
function espTunnel(outer: Version, mtu?: number): EnginePair {
  const [source, destination] = ENDS[outer];
  const sa = espSa({ source, destination, mode: 'tunnel' });
  return gateways([sa], [tunnel('esp', source, destination)], mtu);
}

const inside = (version: Version, length: number, parts: UdpParts = {}) =>
  udpPacket(countedOctets(length), { ...INSIDE[version], ...parts });

const discards = (pair: EnginePair) => [pair.alice.engine.discards(), pair.bob.engine.discards()];

describe.each([4, 6] as const)('between networks of IPv%i', (version) => {
  const ends = (outer: Version) => {
    const [source, destination] = ENDS[outer];
    return { source, destination };
  };
  const bundles = ([4, 6] as const).flatMap((outer) => {
    const between = ends(outer);
    const { source, destination } = between;
    const inTunnel = { ...between, mode: 'tunnel' } as const;
    const esp = tunnel('esp', source, destination);
    const compressed = tunnel('ipcomp', source, destination);
    const extended = { ...inTunnel, extendedSequenceNumbers: true };
    const rows: readonly (readonly [string, readonly SaParameters[], readonly Template[]])[] = [
      [`an ESP tunnel over IPv${outer}`, [espSa(inTunnel)], [esp]],
      [`one with ESN over IPv${outer}`, [espSa(extended)], [esp]],
      [`one in UDP over IPv${outer}`, [inUdp(espSa(inTunnel))], [esp]],
      [`an AH tunnel over IPv${outer}`, [ahSa(inTunnel)], [tunnel('ah', source, destination)]],
      [
        `an IPComp tunnel in ESP over IPv${outer}`,
        [ipcompSa(inTunnel), espSa(between)],
        [compressed, layer('esp')],
      ],
    ];
    return rows;
  });

  test.each(bundles)('%s carries packets both ways', (_, sas, layers) => {
    const pair = gateways(sas, layers);
    // Of IPv6 what is too big is told, not cut.
    for (const length of version === 6 ? [0, 100, 1200] : [0, 100, 1200, 9000]) {
      const there = inside(version, length);
      const back = inside(version, length, BACK[version]);
      expect(pair.send('alice', there)).toEqual([there]);
      expect(pair.send('bob', back)).toEqual([back]);
    }
    expect(discards(pair)).toEqual([{}, {}]);
  });
});

/** An IPv6 packet with as many octets behind its headers as UDP would have, but said to be TCP. */
function segment(length: number): Uint8Array {
  const NEXT_HEADER = 6;
  const octets = inside(6, length);
  octets[NEXT_HEADER] = IP_PROTOCOL.tcp;
  return octets;
}

describe('a packet that gets too big in the tunnel', () => {
  test('of IPv4 with DF is answered with the size that fits (RFC 4301 §8.2)', () => {
    const pair = espTunnel(4);
    expect(pair.send('alice', inside(4, 1472, { dontFragment: true }))).toEqual([]);
    const [answer] = pair.alice.host.delivered.splice(0);
    if (answer === undefined) throw new Error('Bug: no answer');
    expect([icmpType(answer, 20), icmpCode(answer, 20)]).toEqual([3, 4]);
    const mtu = icmpNextHopMtu(answer, 20);
    const fitting = inside(4, mtu - 28, { dontFragment: true });
    expect(pair.send('alice', fitting)).toEqual([fitting]);
    expect(pair.seen).toHaveLength(1);
    expect(ipv4DontFragment(pair.seen[0]?.octets ?? fitting, 0)).toBe(true);
    const over = inside(4, mtu - 27, { dontFragment: true });
    expect(pair.send('alice', over)).toEqual([]);
    expect(pair.alice.engine.discards()).toEqual({ 'out-too-big': 2 });
  });

  test.each([4, 6] as const)(
    'of TCP over IPv6 is answered, over IPv%i (RFC 4443 §3.2)',
    (outer) => {
      const pair = espTunnel(outer);
      const large = segment(1452);
      expect(pair.send('alice', large)).toEqual([]);
      const [answer] = pair.alice.host.delivered.splice(0);
      if (answer === undefined) throw new Error('Bug: no answer');
      const header = newIpHeader();
      expect(readIp(header, answer, 0, answer.length)).toBe(true);
      expect(header).toMatchObject({ version: 6, nextLayerProtocol: 58 });
      expect(ipAddressAt(6, answer, header.sourceAt)).toEqual(INSIDE[6].destination);
      expect(ipAddressAt(6, answer, header.destinationAt)).toEqual(INSIDE[6].source);
      expect(answer.length).toBeLessThanOrEqual(1280);
      expect([u8(answer, 40), u8(answer, 41)]).toEqual([2, 0]);
      const pseudo = sumOctets(answer, 8, 32, 58 + answer.length - 40);
      expect(checksumOf(sumOctets(answer, 40, answer.length - 40, pseudo))).toBe(0);
      expect(answer.slice(48)).toEqual(large.slice(0, answer.length - 48));
      const mtu = u32(answer, 44);
      const fitting = segment(mtu - 48);
      expect(pair.send('alice', fitting)).toEqual([fitting]);
      expect(pair.seen).toHaveLength(1);
      expect(pair.send('alice', segment(mtu - 47))).toEqual([]);
    },
  );

  test.each([4, 6] as const)(
    'but of 1280 octets goes through a wire of 1280, over IPv%i',
    (outer) => {
      const pair = espTunnel(outer, 1280);
      const packet = segment(1280 - 48);
      expect(packet).toHaveLength(1280);
      expect(pair.send('alice', packet)).toEqual([packet]);
      expect(pair.seen).toHaveLength(2);
      // One octet more has to be less.
      expect(pair.send('alice', segment(1280 - 47))).toEqual([]);
      const [answer] = pair.alice.host.delivered;
      expect(answer && u32(answer, 44)).toBe(1280);
    },
  );

  test.each([4, 6] as const)(
    'of another protocol over IPv6 is cut outside, over IPv%i',
    (outer) => {
      const pair = espTunnel(outer);
      const large = inside(6, 3000);
      expect(pair.send('alice', large)).toEqual([large]);
      expect(pair.seen.length).toBeGreaterThan(2);
      expect(pair.alice.host.delivered).toEqual([]);
    },
  );

  test('of IPv4 without DF is cut outside, each with a number of its own', () => {
    const pair = espTunnel(4);
    const packets = [1, 2, 3].map((k) => inside(4, 3000, { sourcePort: k }));
    for (const packet of packets) expect(pair.send('alice', packet)).toEqual([packet]);
    const numbers = pair.seen.map(({ octets }) => ipv4Identification(octets, 0));
    expect(new Set(numbers).size).toBe(3);
    expect(numbers).not.toContain(0);
  });

  test.each([4, 6] as const)('in fragments over IPv%i, comes whole in any order', (outer) => {
    const pair = espTunnel(outer);
    const packet = inside(4, 6000);
    const fragments: Uint8Array[] = [];
    const stop = pair.wire.tap((octets) => fragments.push(octets));
    expect(pair.send('alice', packet)).toEqual([packet]);
    stop();
    expect(fragments.length).toBeGreaterThan(4);
    // The same once more is a replay, and half of it nothing.
    for (const fragment of fragments.toReversed()) expect(pair.attack(fragment)).toEqual([]);
    expect(pair.bob.engine.discards()).toEqual({ 'in-state-seq-error': 1 });
    for (const fragment of fragments.slice(1)) expect(pair.attack(fragment)).toEqual([]);
    expect(pair.bob.engine.discards()).toEqual({ 'in-state-seq-error': 1 });
  });

  test.each([4, 6] as const)('in altered fragments over IPv%i, is refused', (outer) => {
    const pair = espTunnel(outer);
    const fragments: Uint8Array[] = [];
    pair.wire.tap((octets) => fragments.push(octets));
    const packet = inside(4, 3000);
    pair.wire.mtu = 1500;
    pair.send('alice', packet);
    const [first, ...others] = fragments.splice(0);
    if (first === undefined) throw new Error('Bug: no fragments');
    for (const fragment of others) {
      fragment[fragment.length - 1] = u8(fragment, fragment.length - 1) ^ 1;
    }
    // As if it were a number not seen before.
    first[(outer === 4 ? 20 : 48) + 7] = 99;
    for (const fragment of [first, ...others]) expect(pair.attack(fragment)).toEqual([]);
    expect(pair.bob.engine.discards()).toEqual({ 'in-state-proto-error': 1 });
  });
});

describe('hosts of IPv6, in transport mode', () => {
  const [source, destination] = ENDS[6];
  const ends = { source, destination };

  function hosts(mtu?: number): EnginePair {
    const pair = new EnginePair(mtu === undefined ? {} : { mtu });
    const sa = espSa(ends);
    const both: Change[] = [addSa(sa), addSa(opposite(sa))];
    const policies = (['outbound', 'inbound'] as const).map((direction) => ({
      ...policy(direction, protect(layer('esp'))),
      selector: selector(source, destination),
    }));
    pair.commit(
      [...both, ...policies.map(addPolicy)],
      [...both, ...policies.map(mirrored).map(addPolicy)],
    );
    return pair;
  }

  test.each([0, 1000, 1452, 9000])('datagrams of %i octets arrive', (length) => {
    const pair = hosts();
    const packet = udpPacket(countedOctets(length), ends);
    expect(pair.send('alice', packet)).toEqual([packet]);
    expect(pair.seen.every(({ octets }) => octets.length <= 1500)).toBe(true);
  });

  const segment = (length: number) =>
    ipPacket({ ...ends, protocol: 6, payload: countedOctets(length - 40) });

  test('TCP that gets too big is told what fits', () => {
    const pair = hosts();
    expect(pair.send('alice', segment(1500))).toEqual([]);
    const [answer] = pair.alice.host.delivered.splice(0);
    const mtu = answer === undefined ? 0 : u32(answer, 44);
    const fitting = segment(mtu);
    expect(mtu).toBeGreaterThan(1400);
    expect(pair.send('alice', fitting)).toEqual([fitting]);
    expect(pair.send('alice', segment(mtu + 1))).toEqual([]);
  });

  test('TCP in 1280 octets goes through a wire of 1280, in fragments (RFC 8200 §5)', () => {
    const pair = hosts(1280);
    expect(pair.send('alice', segment(1280))).toEqual([segment(1280)]);
    expect(pair.seen).toHaveLength(2);
  });
});

describe('somebody on the wire', () => {
  test('cannot send into the tunnel, nor pretend to be in the other network', () => {
    const pair = espTunnel(4);
    const packet = inside(4, 40);
    const [source, destination] = ENDS[4];
    const inClear = ipPacket({ source, destination, protocol: 4, payload: packet });
    expect(pair.attack(packet)).toEqual([]);
    expect(pair.bob.engine.discards()).toEqual({ 'in-tmpl-mismatch': 1 });
    // IP in IP that no tunnel has is left to the host.
    expect(pair.attack(inClear)).toEqual([inClear]);
    for (let k = 0; k < 100; k++) {
      const payload = Uint8Array.of(0, 0, 2, 1, 0, 0, 0, k + 1, ...randomBytes(100));
      expect(pair.attack(ipPacket({ source, destination, protocol: 50, payload }))).toEqual([]);
    }
  });

  test('and the other end cannot speak for others than its network', () => {
    const pair = espTunnel(4);
    const out = networkPolicy(
      'outbound',
      protect(tunnel('esp', ...ENDS[4])),
      '0.0.0.0/0',
      '0.0.0.0/0',
    );
    pair.alice.engine.commit([addPolicy({ ...out, priority: 1 })], 0);
    const { destination } = INSIDE[4];
    const [, bob] = ENDS[4];
    const stranger = udpPacket(countedOctets(20), { destination });
    const [source] = ENDS[4];
    expect(pair.send('alice', udpPacket(countedOctets(20), { source, destination: bob }))).toEqual(
      [],
    );
    expect(pair.send('alice', stranger)).toEqual([]);
    expect(pair.bob.engine.discards()).toEqual({ 'in-no-pols': 2 });
  });
});
