import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countedOctets, ipv4Packet } from '../../test/support/packets.ts';
import { transmitFragments } from '../dataplane/fragment.ts';
import {
  ipv4ChecksumHolds,
  ipv4FragmentOffset,
  ipv4IsFragment,
  ipv4MoreFragments,
} from '../wire/ipv4.ts';
import { HEADROOM, type Packet, packetOctets, SCRATCH_LENGTH } from './packet.ts';
import { Reassembly } from './reassembly.ts';

/** `octets` cut for `mtu`, as copies. */
function fragmentsOf(octets: Uint8Array, mtu: number): Uint8Array[] {
  const at = SCRATCH_LENGTH + HEADROOM;
  const memory = { octets: new Uint8Array(at + octets.length).fill(0xa5) };
  memory.octets.set(octets, at);
  const fragments: Uint8Array[] = [];
  const packet: Packet = { memory, at, length: octets.length };
  const sent = transmitFragments(packet, mtu, 1, (fragment) => {
    fragments.push(packetOctets(fragment).slice());
    return true;
  });
  expect(sent).toBe(true);
  return fragments;
}

const datagram = (length: number, parts = {}) =>
  ipv4Packet({ protocol: 50, payload: countedOctets(length), ...parts });

/** A fragment that carries `length` octets. */
const piece = (offset: number, length: number, more: boolean, parts = {}) =>
  ipv4Packet({
    protocol: 50,
    payload: countedOctets(length),
    fragment: { offset, more },
    ...parts,
  });

function takeAll(packets: readonly Uint8Array[]): (Uint8Array | null)[] {
  const reassembly = new Reassembly();
  return packets.map((packet) => reassembly.take(packet));
}

describe('transmitFragments()', () => {
  test('cuts at multiples of eight octets, each part whole in itself', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 68, max: 1500 }),
        fc.nat(10),
        (length, mtu, words) => {
          const options = new Uint8Array(words * 4).fill(1);
          const fragments = fragmentsOf(datagram(length, { options }), mtu);
          let offset = 0;
          for (const [k, fragment] of fragments.entries()) {
            expect(fragment.length).toBeLessThanOrEqual(mtu);
            expect(ipv4ChecksumHolds(fragment, 0)).toBe(true);
            expect(ipv4FragmentOffset(fragment, 0)).toBe(offset);
            expect(ipv4MoreFragments(fragment, 0)).toBe(k < fragments.length - 1);
            offset += fragment.length - 20 - options.length;
          }
          expect(offset).toBe(length);
        },
      ),
    );
  });

  test('cuts a fragment again and keeps its place in the whole', () => {
    const parts = fragmentsOf(piece(800, 400, true), 220);
    expect(parts.map((part) => [ipv4FragmentOffset(part, 0), part.length - 20])).toEqual([
      [800, 200],
      [1000, 200],
    ]);
    expect(parts.every((part) => ipv4MoreFragments(part, 0))).toBe(true);
  });

  test('stops when the host would not send', () => {
    let sent = 0;
    const memory = { octets: new Uint8Array(5000) };
    memory.octets.set(datagram(3000), 500);
    const packet = { memory, at: 500, length: 3020 };
    expect(transmitFragments(packet, 576, 1, () => ++sent < 2)).toBe(false);
    expect(sent).toBe(2);
  });

  test('refuses an MTU that leaves no room for eight octets', () => {
    const memory = { octets: new Uint8Array(5000) };
    memory.octets.set(datagram(3000), 500);
    expect(transmitFragments({ memory, at: 500, length: 3020 }, 27, 1, () => true)).toBe(false);
  });
});

describe('Reassembly', () => {
  test('puts together what transmitFragments() cut, in any order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9000 }),
        fc.integer({ min: 576, max: 1500 }),
        fc.array(fc.nat(), { minLength: 20, maxLength: 20 }),
        (length, mtu, order) => {
          const whole = datagram(length);
          const fragments = fragmentsOf(whole, mtu)
            .map((fragment, k) => ({ fragment, rank: order[k] ?? 0 }))
            .toSorted((a, b) => a.rank - b.rank)
            .map(({ fragment }) => fragment);
          const taken = takeAll(fragments);
          expect(taken.pop()).toEqual(whole);
          expect(taken.every((each) => each === null)).toBe(true);
        },
      ),
    );
  });

  test('puts together the longest packet there is', () => {
    const whole = datagram(0xffff - 20);
    expect(takeAll(fragmentsOf(whole, 1500)).at(-1)).toEqual(whole);
  });

  test('passes whole packets on and drops what is none', () => {
    const whole = datagram(10);
    expect(takeAll([whole, whole.slice(0, 25), new Uint8Array(0)])).toEqual([whole, null, null]);
  });

  test('keeps datagrams apart by addresses, protocol and identification', () => {
    const [first, last] = fragmentsOf(datagram(1000), 600);
    if (first === undefined || last === undefined) throw new Error('Bug: not two fragments');
    for (const at of [5, 9, 15, 19]) {
      const other = last.slice();
      other[at] = 0xee;
      expect(takeAll([first, other, last]).map((each) => each?.length)).toEqual([
        undefined,
        undefined,
        1020,
      ]);
    }
  });

  const parts = [piece(0, 16, true), piece(16, 16, true), piece(32, 8, false)];

  test.each<[string, Uint8Array]>([
    ['overlaps another at its end', piece(8, 16, true)],
    ['lies within another', piece(24, 8, true)],
    [
      'is another over again, but for an octet',
      piece(0, 16, true, { payload: new Uint8Array(16) }),
    ],
    ['is the last over again, but for its flag', piece(32, 8, true)],
    ['reaches past the last', piece(40, 8, true)],
    ['reaches past the last, as long as what is missing', piece(40, 16, true)],
    ['is another last one', piece(48, 8, false)],
    ['is no multiple of eight octets', piece(16, 15, true)],
    ['carries nothing', piece(16, 0, true)],
    ['reaches past the longest packet', piece(65528, 16, false)],
  ])('a fragment that %s spoils the datagram', (_, bad) => {
    const [first, middle, last] = parts;
    if (!first || !middle || !last) throw new Error('Bug: not three fragments');
    expect(takeAll([first, last, bad, middle, first, last])).toEqual(Array(6).fill(null));
  });

  test('a fragment that comes twice does no harm', () => {
    const whole = takeAll(parts).at(-1);
    expect(whole).toHaveLength(60);
    const [first, middle, last] = parts;
    if (!first || !middle || !last) throw new Error('Bug: not three fragments');
    expect(takeAll([first, first, last, first, last, middle]).at(-1)).toEqual(whole);
  });

  test('remembers few datagrams, and gives up the oldest first', () => {
    const reassembly = new Reassembly();
    const nth = (identification: number, more: boolean) =>
      piece(more ? 0 : 16, 16, more, { identification });
    for (let k = 0; k < 100; k++) reassembly.take(nth(k, true));
    expect(reassembly.pending).toBe(16);
    expect(reassembly.take(nth(99, false))?.length).toBe(52);
    expect(reassembly.take(nth(84, false))?.length).toBe(52);
    expect(reassembly.take(nth(50, false))).toBeNull();
  });

  test('gives up a datagram after a thousand fragments of others', () => {
    const reassembly = new Reassembly();
    reassembly.take(piece(0, 16, true, { identification: 1 }));
    for (let k = 0; k < 1100; k++) {
      reassembly.take(piece(0, 16, true, { identification: 2 + (k & 1) }));
      reassembly.take(piece(16, 16, false, { identification: 2 + (k & 1) }));
    }
    expect(reassembly.take(piece(16, 16, false, { identification: 1 }))).toBeNull();
  });

  test('never throws, and what it returns is never a fragment', () => {
    const reassembly = new Reassembly();
    fc.assert(
      fc.property(
        fc.nat(12),
        fc.nat(40),
        fc.boolean(),
        fc.nat(2),
        (unit, length, more, identification) => {
          const taken = reassembly.take(piece(unit * 8, length, more, { identification }));
          if (taken !== null) expect(ipv4IsFragment(taken, 0)).toBe(false);
        },
      ),
      { numRuns: 5000 },
    );
  });
});
