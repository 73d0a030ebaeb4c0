import { expect, test } from 'vitest';
import { BOB, BOB6 } from '../../test/support/packets.ts';
import { setU32 } from '../octets/octets.ts';
import { LearnedMtus } from './learned-mtus.ts';

const MINUTES = 60_000;

test('what is learned of one destination says nothing of others', () => {
  const learned = new LearnedMtus();
  learned.learn(4, BOB.octets, 0, 1300, 0);
  expect(learned.towards(4, BOB.octets, 0, 0)).toBe(1300);
  expect(learned.towards(4, Uint8Array.of(10, 9, 0, 3), 0, 0)).toBe(0xffff);
  // The same number in the table, and another address.
  const swapped = BOB6.octets.slice();
  swapped.set(BOB6.octets.subarray(0, 4), 12);
  swapped.set(BOB6.octets.subarray(12, 16), 0);
  learned.learn(6, BOB6.octets, 0, 1300, 0);
  expect(learned.towards(6, BOB6.octets, 0, 0)).toBe(1300);
  expect(learned.towards(6, swapped, 0, 0)).toBe(0xffff);
});

test('what is told again lasts longer, and lapses', () => {
  const learned = new LearnedMtus();
  learned.learn(4, BOB.octets, 0, 1300, 0);
  learned.learn(4, BOB.octets, 0, 1300, 5 * MINUTES);
  learned.learn(4, BOB.octets, 0, 1400, 9 * MINUTES);
  expect(learned.towards(4, BOB.octets, 0, 15 * MINUTES - 1)).toBe(1300);
  expect(learned.towards(4, BOB.octets, 0, 15 * MINUTES)).toBe(0xffff);
  expect(learned.size).toBe(0);
  learned.learn(4, BOB.octets, 0, 1400, 15 * MINUTES);
  expect(learned.towards(4, BOB.octets, 0, 15 * MINUTES)).toBe(1400);
});

test('there is room for so many, and the oldest goes first', () => {
  const learned = new LearnedMtus();
  const octets = new Uint8Array(4);
  for (let k = 0; k < 10_001; k++) {
    setU32(octets, 0, k);
    learned.learn(4, octets, 0, 1300, k);
  }
  expect(learned.size).toBe(10_000);
  expect(learned.towards(4, octets, 0, 20_000)).toBe(1300);
  setU32(octets, 0, 1);
  expect(learned.towards(4, octets, 0, 20_000)).toBe(1300);
  setU32(octets, 0, 0);
  expect(learned.towards(4, octets, 0, 20_000)).toBe(0xffff);
});
