import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Deadlines } from './deadlines.ts';

describe('Deadlines', () => {
  test('gives the earliest first, whatever came when', () => {
    const step = fc.option(fc.nat({ max: 50 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const deadlines = new Deadlines<number>();
        const expected: number[] = [];
        for (const instant of steps) {
          if (instant !== null) {
            deadlines.add(instant, instant);
            expected.push(instant);
            expected.sort((a, b) => a - b);
          } else {
            expect(deadlines.take()).toBe(expected.shift());
          }
          expect(deadlines.next).toBe(expected[0] ?? Number.POSITIVE_INFINITY);
          expect(deadlines.size).toBe(expected.length);
        }
      }),
    );
  });

  test('forgets what is not wanted', () => {
    const deadlines = new Deadlines<number>();
    for (const instant of [5, 3, 8, 1, 4]) deadlines.add(instant, instant);
    deadlines.keep((instant) => instant % 2 === 0);
    expect([deadlines.take(), deadlines.take(), deadlines.take()]).toEqual([4, 8, undefined]);
  });
});
