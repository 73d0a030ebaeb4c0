import { describe, expect, test } from 'vitest';
import { DiscardTally } from '../ipsec/discard-reason.ts';
import type { Packet } from '../ipsec/packet.ts';
import { noOffload } from '../wire/virtio-net.ts';
import { HeldPackets } from './held-packets.ts';

const UNTIL = 30_000;
const MOMENT_MS = 100;

/** Packets whose first octet is their name. */
class Bench {
  readonly #tally = new DiscardTally();
  readonly held = new HeldPackets(this.#tally);
  readonly #packet: Packet = { memory: { octets: new Uint8Array(70_000) }, at: 10, length: 0 };

  hold(wanted: string, name: number, now = 0, length = 100): void {
    this.#packet.memory.octets[10] = name;
    this.#packet.length = length;
    this.held.hold(wanted, this.#packet, null, now, UNTIL);
    this.#packet.memory.octets.fill(0xa5);
  }

  /** The names of those that may go, and go: `most` of them. */
  taken(now: number, most = 99): number[] {
    const names: number[] = [];
    while (names.length < most && this.held.take(this.#packet, now) !== null) {
      names.push(this.#packet.memory.octets[10] ?? -1);
    }
    return names;
  }

  /** Those that came, some time after they did. */
  takenAfter(now: number): number[] {
    expect(this.taken(now)).toEqual([]);
    return this.taken(now + MOMENT_MS);
  }

  get discarded(): number {
    return this.#tally.snapshot()['out-no-states'] ?? 0;
  }
}

describe('held packets', () => {
  test('go in their order a moment after the SA came, once', () => {
    const bench = new Bench();
    bench.hold('a', 1);
    bench.hold('b', 2);
    bench.hold('a', 3);
    expect(bench.taken(10)).toEqual([]);
    bench.held.release('a');
    expect(bench.held.restMs(20)).toBe(0);
    expect(bench.taken(20)).toEqual([]);
    expect(bench.held.restMs(50)).toBe(MOMENT_MS - 30);
    expect(bench.taken(19 + MOMENT_MS)).toEqual([]);
    expect(bench.taken(20 + MOMENT_MS)).toEqual([1, 3]);
    expect(bench.taken(2000)).toEqual([]);
    expect(bench.held.isEmpty).toBe(false);
    bench.held.release('b');
    expect(bench.takenAfter(2000)).toEqual([2]);
    expect([bench.held.isEmpty, bench.discarded]).toEqual([true, 0]);
  });

  test('have nothing done while they wait for SAs', () => {
    const bench = new Bench();
    expect(bench.held.restMs(0)).toBe(Number.POSITIVE_INFINITY);
    bench.hold('a', 1);
    expect(bench.held.restMs(0)).toBe(Number.POSITIVE_INFINITY);
  });

  test('are the newest of each SA; older ones are counted', () => {
    const bench = new Bench();
    for (let name = 1; name <= 5; name++) bench.hold('a', name);
    expect(bench.discarded).toBe(3);
    bench.held.release('a');
    expect(bench.takenAfter(0)).toEqual([4, 5]);
  });

  test('are gone when their time is over, whether their SA came or not', () => {
    const bench = new Bench();
    bench.hold('a', 1);
    bench.hold('b', 2);
    expect(bench.taken(UNTIL - 1)).toEqual([]);
    expect(bench.discarded).toBe(0);
    bench.held.release('b');
    expect(bench.taken(UNTIL)).toEqual([]);
    expect([bench.held.isEmpty, bench.discarded]).toEqual([true, 2]);
  });

  test('are gone when the clock was set back', () => {
    const bench = new Bench();
    bench.hold('a', 1, 20_000);
    expect(bench.taken(19_999)).toEqual([]);
    expect([bench.held.isEmpty, bench.discarded]).toEqual([true, 1]);
  });

  test('may be held again one after the other, and stay in order', () => {
    const bench = new Bench();
    bench.hold('a', 1);
    bench.hold('a', 2);
    bench.held.release('a');
    expect(bench.taken(0)).toEqual([]);
    for (const name of [1, 2]) {
      expect(bench.taken(MOMENT_MS, 1)).toEqual([name]);
      bench.hold('a', name, MOMENT_MS);
    }
    expect(bench.taken(1000)).toEqual([]);
    bench.held.release('a');
    expect(bench.takenAfter(2000)).toEqual([1, 2]);
    expect(bench.discarded).toBe(0);
  });

  test('wait for 64 SAs at most, and there is room again when some went', () => {
    const bench = new Bench();
    for (let k = 0; k < 70; k++) bench.hold(`${k}`, k);
    expect(bench.discarded).toBe(6);
    bench.held.release('3');
    expect(bench.takenAfter(0)).toEqual([3]);
    bench.hold('69', 69);
    expect(bench.discarded).toBe(6);
  });

  test('have 256 KiB at most', () => {
    const bench = new Bench();
    for (let k = 0; k < 5; k++) bench.hold(`${k}`, k, 0, 0xf000);
    expect(bench.discarded).toBe(1);
    // Of one SA, the oldest makes room.
    for (let name = 10; name < 14; name++) bench.hold('0', name, 0, 100);
    bench.held.release('0');
    expect(bench.takenAfter(0)).toEqual([12, 13]);
    bench.hold('5', 5, 0, 0xf000);
    bench.held.release('5');
    expect(bench.takenAfter(0)).toEqual([5]);
  });

  test('all go when nobody brings SAs any more', () => {
    const bench = new Bench();
    bench.hold('a', 1);
    bench.hold('a', 2);
    bench.hold('b', 3);
    bench.held.clear();
    expect([bench.held.isEmpty, bench.discarded]).toEqual([true, 3]);
    bench.held.release('a');
    expect(bench.taken(1000)).toEqual([]);
  });

  test('keep what the host left to be done, though it is the next packet’s meanwhile', () => {
    const held = new HeldPackets(new DiscardTally());
    const packet = { memory: { octets: new Uint8Array(100) }, at: 0, length: 100 };
    const offload = { ...noOffload(), segmentSize: 1000 };
    held.hold('a', packet, offload, 0, UNTIL);
    offload.segmentSize = 7;
    held.hold('a', packet, null, 0, UNTIL);
    held.release('a');
    expect(held.take(packet, 0)).toBeNull();
    expect(held.take(packet, MOMENT_MS)).toEqual({ ...noOffload(), segmentSize: 1000 });
    expect(held.take(packet, MOMENT_MS)).toEqual(noOffload());
    expect(held.take(packet, MOMENT_MS)).toBeNull();
  });
});
