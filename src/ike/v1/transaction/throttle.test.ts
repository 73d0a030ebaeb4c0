import { expect, test } from 'vitest';
import { address } from '../../../../test/support/packets.ts';
import { MOST_THROTTLED_HOSTS } from './limits.ts';
import { Throttle } from './throttle.ts';

const HERE = address('10.9.0.2');
const THERE = address('10.9.0.3');

test('a wrong password costs its time, and that of those before it, up to ten seconds', () => {
  const throttle = new Throttle(4);
  expect(throttle.penalty(HERE, 0)).toBeNull();
  throttle.fail(HERE, 0);
  expect([throttle.penalty(HERE, 3999), throttle.penalty(HERE, 4000)]).toEqual([4000, null]);
  throttle.fail(HERE, 1000);
  throttle.fail(HERE, 1000);
  expect(throttle.penalty(HERE, 1000)).toBe(11_000);
  expect(throttle.penalty(THERE, 1000)).toBeNull();
});

test('a clock that is set back locks nobody out', () => {
  const throttle = new Throttle(1);
  throttle.fail(HERE, 1_000_000);
  throttle.fail(HERE, 0);
  expect(throttle.penalty(HERE, 0)).toBe(10_000);
});

test('of many hosts that guess, those are forgotten that failed the longest ago', () => {
  const throttle = new Throttle(10);
  const host = (k: number) => address(`10.${k >> 16}.${(k >> 8) & 0xff}.${k & 0xff}`);
  for (let k = 0; k <= MOST_THROTTLED_HOSTS; k++) throttle.fail(host(k), k);
  expect(throttle.penalty(host(0), MOST_THROTTLED_HOSTS)).toBeNull();
  expect(throttle.penalty(host(1), MOST_THROTTLED_HOSTS)).toBe(10_001);
});
