/**
 * Routers, and others, tell a host that what it protected was too big.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';
import { formatIpAddress } from '../../src/net/ip-address.ts';
import { setU16, setU32, u32 } from '../../src/octets/octets.ts';
import {
  emitIcmpError,
  ICMP_UNREACHABLE,
  icmpNextHopMtu,
  icmpSecondWord,
} from '../../src/wire/icmp.ts';
import { setIpv4Fragment, updateIpv4Checksum } from '../../src/wire/ipv4.ts';
import { EnginePair } from '../support/engine-pair.ts';
import { type Layer, layerChanges } from '../support/layers.ts';
import {
  ALICE,
  ALICE6,
  BOB,
  BOB6,
  countedOctets,
  ipPacket,
  ipv4Packet,
  udpPacket,
} from '../support/packets.ts';
import { tooBig } from '../support/router.ts';

const ENDS = {
  4: [formatIpAddress(ALICE), formatIpAddress(BOB)],
  6: [formatIpAddress(ALICE6), formatIpAddress(BOB6)],
} as const;
const SOURCES = {
  4: { source: ALICE, destination: BOB },
  6: { source: ALICE6, destination: BOB6 },
};
const TCP = 6;
const IP_LENGTH = { 4: 20, 6: 40 } as const;
const MINUTES = 60_000;

const inUdp = {
  encapsulation: { sourcePort: 4500, destinationPort: 4500, originalAddress: null },
};
const ESP: Layer = { protocol: 'esp' };
const LAYERS: readonly (readonly [string, (version: 4 | 6) => Layer[]])[] = [
  ['ESP', () => [ESP]],
  ['AH', () => [{ protocol: 'ah' }]],
  ['ESP in a tunnel', (version) => [{ ...ESP, tunnel: ENDS[version] }]],
  ['ESP in UDP', () => [{ ...ESP, sa: inUdp }]],
  ['AH around ESP', () => [ESP, { protocol: 'ah' }]],
];

/** Alice and Bob under `layers`. */
function pairUnder(version: 4 | 6, layers: readonly Layer[]): EnginePair {
  const pair = new EnginePair();
  const { alice, bob } = layerChanges({ between: ENDS[version], layers });
  pair.commit(alice, bob);
  return pair;
}

/** A packet of `length` octets that its sender could have made smaller. */
function sized(version: 4 | 6, length: number): Uint8Array {
  const payload = countedOctets(length - IP_LENGTH[version]);
  return ipPacket({ ...SOURCES[version], protocol: TCP, dontFragment: true, payload });
}

/** Has Alice send a packet, and a router tell her that it was too big. */
function sendAndTell(pair: EnginePair, packet: Uint8Array, mtu: number): void {
  const from = pair.seen.length;
  pair.send('alice', packet);
  const sent = pair.seen[from]?.octets;
  if (sent === undefined) throw new Error('Bug: nothing on the wire');
  tell(pair, tooBig(sent, mtu));
}

/** Has Alice receive an error; her host, which has it as well, pays no heed. */
function tell(pair: EnginePair, error: Uint8Array): void {
  pair.wire.inject('left', error);
  pair.settle();
  pair.alice.host.delivered.length = 0;
}

/** How long the longest packet is that Alice would send of her host's; what it is told. */
function mtuToldTo(pair: EnginePair, version: 4 | 6, packet: Uint8Array): number | null {
  expect(pair.send('alice', packet)).toEqual([]);
  const [answer] = pair.alice.host.delivered.splice(0);
  if (answer === undefined) return null;
  return version === 4 ? icmpNextHopMtu(answer, 20) : icmpSecondWord(answer, 40);
}

describe('a router that calls a packet too big', () => {
  for (const version of [4, 6] as const) {
    test.each(LAYERS)(`under %s over IPv${version} is believed`, (_, layers) => {
      const pair = pairUnder(version, layers(version));
      const large = sized(version, 1400);
      sendAndTell(pair, large, 1300);
      const fitting = mtuToldTo(pair, version, large) ?? 0;
      expect(fitting).toBeGreaterThan(1200);
      expect(pair.alice.engine.discards()).toEqual({ 'out-too-big': 1 });
      pair.seen.length = 0;
      const fits = sized(version, Math.max(fitting, version === 6 ? 1280 : 0));
      expect(pair.send('alice', fits)).toEqual([fits]);
      expect(pair.seen.every(({ octets }) => octets.length <= 1300)).toBe(true);
      // Others send as before.
      expect(pair.bob.engine.discards()).toEqual({});
    });

    test(`has what may be cut over IPv${version} cut smaller`, () => {
      const pair = pairUnder(version, [ESP]);
      const datagram = udpPacket(countedOctets(3000), SOURCES[version]);
      sendAndTell(pair, sized(version, 1400), 1300);
      pair.seen.length = 0;
      expect(pair.send('alice', datagram)).toEqual([datagram]);
      const lengths = pair.seen.map(({ octets }) => octets.length);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(1300);
      expect(Math.max(...lengths)).toBeGreaterThan(1280);
    });

    test(`is forgotten ten minutes later, over IPv${version} (RFC 1191 §6.3)`, () => {
      const pair = pairUnder(version, [ESP]);
      const large = sized(version, 1400);
      sendAndTell(pair, large, 1300);
      pair.now += 10 * MINUTES - 1;
      expect(mtuToldTo(pair, version, large)).not.toBeNull();
      pair.now += 1;
      expect(pair.send('alice', large)).toEqual([large]);
    });
  }

  test('is believed again and again, and only downwards', () => {
    const pair = pairUnder(4, [{ protocol: 'ah' }]);
    const packet = sized(4, 1400);
    const overhead = 24;
    pair.send('alice', packet);
    const sent = pair.seen[0]?.octets ?? packet;
    for (const [mtu, known] of [
      [1300, 1300],
      [1350, 1300],
      [1200, 1200],
    ] as const) {
      tell(pair, tooBig(sent, mtu));
      expect(mtuToldTo(pair, 4, packet)).toBe(known - overhead);
    }
  });

  test('is believed down to what every host takes, and no further (RFC 4301 §8.2)', () => {
    const pair = pairUnder(4, [{ protocol: 'ah' }]);
    sendAndTell(pair, sized(4, 1400), 68);
    expect(mtuToldTo(pair, 4, sized(4, 1400))).toBe(576 - 24);
  });

  test('of less than links of IPv6 carry is not believed (RFC 8201 §4)', () => {
    const pair = pairUnder(6, [ESP]);
    sendAndTell(pair, sized(6, 1400), 1279);
    expect(pair.send('alice', sized(6, 1400))).toHaveLength(1);
  });

  test('and names no size has the next usual one taken (RFC 1191 §5)', () => {
    const pair = pairUnder(4, [{ protocol: 'ah' }]);
    sendAndTell(pair, sized(4, 1400), 0);
    expect(mtuToldTo(pair, 4, sized(4, 1400))).toBe(1006 - 24);
  });

  test.each(LAYERS)('and quotes eight octets of %s is understood (RFC 792)', (_, layers) => {
    const pair = pairUnder(4, layers(4));
    pair.send('alice', sized(4, 1400));
    tell(pair, tooBig(pair.seen[0]?.octets ?? new Uint8Array(0), 1300, { quoteLength: 28 }));
    expect(mtuToldTo(pair, 4, sized(4, 1400))).not.toBeNull();
  });
});

describe('an error that nobody could have sent in earnest changes nothing', () => {
  type Forge = (sent: Uint8Array) => Uint8Array;
  /** `change`, made to a copy of the packet before it is quoted. */
  const quoting =
    (change: (quoted: Uint8Array) => void): Forge =>
    (sent) => {
      const quoted = sent.slice();
      change(quoted);
      return tooBig(quoted, 1300, { destination: ALICE });
    };
  const spiPlus = (at: number): Forge =>
    quoting((quoted) => setU32(quoted, at, u32(quoted, at) + 1));
  const forged = (change: (error: Uint8Array) => void): Forge => {
    return (sent) => {
      const error = tooBig(sent, 1300);
      change(error);
      return error;
    };
  };

  const unreachable: Forge = (sent) => {
    const payload = new Uint8Array(100);
    emitIcmpError(3, ICMP_UNREACHABLE.PORT_UNREACHABLE, 1300, sent, 0, 92, payload, 0);
    return ipv4Packet({ protocol: 1, destination: ALICE, payload });
  };

  const FORGERIES: readonly (readonly [string, readonly Layer[], Forge])[] = [
    ['another SPI', [ESP], spiPlus(20)],
    ['another SPI of AH', [{ protocol: 'ah' }], spiPlus(24)],
    ['another SPI in UDP', [{ ...ESP, sa: inUdp }], spiPlus(28)],
    ['another port', [{ ...ESP, sa: inUdp }], quoting((q) => setU16(q, 22, 4501))],
    ['another port of ours', [{ ...ESP, sa: inUdp }], quoting((q) => setU16(q, 20, 4501))],
    ['another destination', [ESP], quoting((q) => q.set([10, 9, 0, 3], 16))],
    ['another source', [ESP], quoting((q) => q.set([10, 9, 0, 3], 12))],
    ['a later fragment', [ESP], quoting((q) => setIpv4Fragment(q, 0, false, true, 8))],
    ['another protocol', [ESP], quoting((q) => q.fill(TCP, 9, 10))],
    ['plaintext', [ESP], () => tooBig(sized(4, 1400), 1300)],
    ['a packet that fits', [ESP], (sent) => tooBig(sent, sent.length)],
    ['no SPI', [ESP], (sent) => tooBig(sent, 1300, { quoteLength: 23 })],
    ['half a header', [ESP], (sent) => tooBig(sent, 1300, { quoteLength: 19 })],
    ['nothing', [ESP], (sent) => tooBig(sent, 1300, { quoteLength: 0 })],
    ['a packet of somebody else', [ESP], (sent) => tooBig(sent, 1300, { destination: BOB })],
    ['a wrong checksum', [ESP], forged((error) => setU16(error, 22, 0x1234))],
    ['something unreachable', [ESP], unreachable],
    ['itself in fragments', [ESP], forged((error) => setIpv4Fragment(error, 0, false, true, 0))],
  ];

  test.each(FORGERIES)('as it quotes %s', (_, layers, forge) => {
    const pair = pairUnder(4, layers);
    const large = sized(4, 1400);
    pair.send('alice', large);
    const error = forge(pair.seen[0]?.octets ?? large);
    updateIpv4Checksum(error, 0);
    tell(pair, error);
    expect(pair.send('alice', large)).toEqual([large]);
    expect(pair.alice.engine.discards()).not.toHaveProperty('out-too-big');
  });

  test('as it is of the other IP version', () => {
    const pair = pairUnder(6, [ESP]);
    pair.send('alice', sized(6, 1400));
    const quote = tooBig(pair.seen[0]?.octets ?? new Uint8Array(0), 1300).slice(40);
    tell(pair, ipv4Packet({ protocol: 1, destination: ALICE, payload: quote }));
    expect(pair.send('alice', sized(6, 1400))).toHaveLength(1);
  });

  test('wherever it is cut off', () => {
    const pair = pairUnder(4, [ESP]);
    const large = sized(4, 1400);
    pair.send('alice', large);
    const error = tooBig(pair.seen[0]?.octets ?? large, 1300);
    for (let length = 0; length < 20 + 8 + 20 + 4; length++) {
      const cut = error.slice(0, length);
      if (length >= 20) {
        setU16(cut, 2, length);
        updateIpv4Checksum(cut, 0);
      }
      tell(pair, cut);
    }
    expect(pair.send('alice', large)).toEqual([large]);
  });
});
