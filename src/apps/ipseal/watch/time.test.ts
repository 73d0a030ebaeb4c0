import { expect, test } from 'vitest';
import { TextWriter } from '../../../octets/text-writer.ts';
import type { TimeStyle } from './options.ts';
import { isoTime, timeWriter } from './time.ts';

const FIRST = { seconds: 1_700_000_000, nanoseconds: 999_999_999 };
const SECOND = { seconds: 1_700_003_661, nanoseconds: 500_000 };

function timeFormat(style: TimeStyle): (time: typeof FIRST) => string {
  const [out, write] = [new TextWriter(), timeWriter(style)];
  return (time) => {
    write(out, time);
    return out.taken(0);
  };
}

test('seconds since the epoch have six digits behind them', () => {
  const format = timeFormat('epoch');
  expect([format(FIRST), format(SECOND)]).toEqual(['1700000000.999999 ', '1700003661.000500 ']);
});

test('the time of day and the date are local', () => {
  const local = new Date(FIRST.seconds * 1000);
  const clock = [local.getHours(), local.getMinutes(), local.getSeconds()]
    .map((part) => `${part}`.padStart(2, '0'))
    .join(':');
  expect(timeFormat('day')(FIRST)).toBe(`${clock}.999999 `);
  expect(timeFormat('date')(FIRST)).toMatch(new RegExp(`^2023-11-1[45] ${clock}\\.999999 $`));
});

test('times since another packet are differences', () => {
  const [delta, since] = [timeFormat('delta'), timeFormat('since-first')];
  expect([FIRST, SECOND, SECOND, FIRST].map(delta)).toEqual([
    ' 00:00:00.000000 ',
    ' 01:01:00.000501 ',
    ' 00:00:00.000000 ',
    '-01:01:00.000501 ',
  ]);
  expect([FIRST, SECOND, SECOND].map(since)).toEqual([
    ' 00:00:00.000000 ',
    ' 01:01:00.000501 ',
    ' 01:01:00.000501 ',
  ]);
});

test('isoTime() writes nanoseconds where there are any', () => {
  expect(isoTime(FIRST)).toBe('2023-11-14T22:13:20.999999999Z');
  expect(isoTime({ ...FIRST, nanoseconds: 123_000 })).toBe('2023-11-14T22:13:20.000123Z');
});
