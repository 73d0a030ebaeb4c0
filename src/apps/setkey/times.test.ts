import { expect, test } from 'vitest';
import { formatTime, secondsBetween } from './times.ts';

/** Local time, which is what people read. */
function at(...parts: [number, number, number, number, number, number]): number {
  return new Date(...parts).getTime();
}

test('formatTime() gives local time as ctime does, without the day of the week', () => {
  expect(formatTime(at(2026, 10, 21, 16, 14, 23))).toBe('Nov 21 16:14:23 2026');
});

test('formatTime() puts a blank before a day of one digit, and zeros before the clock', () => {
  expect(formatTime(at(2026, 0, 1, 0, 3, 9))).toBe('Jan  1 00:03:09 2026');
});

test('formatTime() leaves as much room for a time that never was', () => {
  expect(formatTime(null)).toBe(' '.repeat(20));
  expect(formatTime(null)).toHaveLength(formatTime(at(2026, 4, 5, 6, 7, 8)).length);
});

test('secondsBetween() counts whole seconds, and none when the clock was set back', () => {
  expect([0, 999, 1000, 61_999, -5000].map((to) => secondsBetween(0, to))).toEqual([
    0, 0, 1, 61, 0,
  ]);
});
