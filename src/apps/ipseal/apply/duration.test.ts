import { expect, test } from 'vitest';
import { durationMs, formatDuration } from './duration.ts';

test.each([
  ['1', 1000],
  ['60s', 60_000],
  ['5m', 300_000],
  ['24h', 86_400_000],
])('%s', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test.each(['', '0', '-1', '1.5s', '60 s', '5d', '25h', 'soon'])('"%s" is no time', (text) => {
  expect(() => durationMs(text)).toThrow('a time is such as 60s');
});

test.each([
  [900, '1 second'],
  [60_000, '60 seconds'],
  [300_000, '5 minutes'],
  [301_000, '301 seconds'],
])('%d ms in words', (ms, words) => {
  expect(formatDuration(ms)).toBe(words);
});
