import { expect, test } from 'vitest';
import { median, medians, shown } from './figures.mjs';

test('the median is the middle, whatever the order, or the mean of the two in the middle', () => {
  expect(median([3])).toBe(3);
  expect(median([10, 1, 9])).toBe(9);
  expect(median([4, 100, 1, 2])).toBe(3);
});

test('the median of nothing is a bug', () => {
  expect(() => median([])).toThrow('Bug: the median of nothing');
});

test('taking the median leaves the numbers in their order', () => {
  const values = [3, 1, 2];
  median(values);
  expect(values).toStrictEqual([3, 1, 2]);
});

test('medians are taken of each measure by itself, over those rounds that have it', () => {
  const rounds = [{ tcp1: 1, udp64: 7 }, { tcp1: 5, udp64: undefined }, { tcp1: 2 }];
  expect(medians(rounds)).toStrictEqual({ tcp1: 2, udp64: 7 });
});

test('a figure is shown in the unit of its title', () => {
  expect(shown('tcp1', 4_712_000_000)).toBe('4.71');
  expect(shown('udp64', 123_456)).toBe('123');
  expect(shown('roundTrip', 0.0913)).toBe('0.091');
  expect(shown('daemons', undefined)).toBe('-');
});
