import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OwnCounts } from './own-counts.ts';
import { NO_PROGRESS } from './progress.ts';
import type { SaCounts } from './sa-counts.ts';
import { newSharedCounts, SharedCounts } from './shared-counts.ts';

const ORIGIN = { high: 0xdeadbeef, low: 0xfffffffe };
const LAST = 0xffffffff;

/** Something that is asked of an SA, or told it. */
type Step = (counts: SaCounts) => unknown;

/** Near the highest number that was received, on either side. */
const number = (size: number) => fc.integer({ min: -size - 40, max: size + 40 });
const near = (counts: SaCounts, distance: number) => Math.max(1, counts.received + distance);

const stepOf = (size: number): fc.Arbitrary<Step> =>
  fc.oneof(
    fc.integer({ min: 1, max: 64 }).map(
      (count): Step =>
        (counts) =>
          counts.take(count),
    ),
    fc.tuple(fc.integer({ min: 20, max: 9000 }), fc.integer({ min: 1, max: 64 }), fc.nat(1e6)).map(
      ([octets, count, now]): Step =>
        (counts) =>
          counts.use(octets, count, now),
    ),
    number(size).map(
      (d): Step =>
        (counts) =>
          counts.mayAccept(near(counts, d)),
    ),
    number(size).map(
      (d): Step =>
        (counts) =>
          counts.accept(near(counts, d)),
    ),
    number(size).map(
      (d): Step =>
        (counts) =>
          counts.isAhead(near(counts, d)),
    ),
    fc.tuple(number(size), fc.integer({ min: 1, max: 100 })).map(
      ([d, count]): Step =>
        (counts) =>
          counts.acceptTrain(near(counts, d), count),
    ),
    fc.constantFrom<Step>(
      (counts) => counts.discard('in-state-seq-error'),
      (counts) => counts.discard('out-state-expired'),
    ),
  );

function stateOf({ sent, received, octets, packets, usedAt, window, discards }: SaCounts): unknown {
  // Not -0.
  return { sent, received, octets: octets + 0, packets: packets + 0, usedAt, window, discards };
}

describe('what several count together is what one would have counted', () => {
  for (const size of [0, 1, 32, 64, 100, 4096]) {
    test(`with a window of ${size}`, () => {
      const progress = fc.record({ sent: fc.nat(1000), received: fc.nat(5000) });
      const steps = fc.array(fc.tuple(fc.nat(2), stepOf(size)), { maxLength: 100, size: 'max' });
      fc.assert(
        fc.property(progress, steps, (from, taken) => {
          const alone = new OwnCounts(from, size);
          const memory = newSharedCounts(from, size, ORIGIN);
          const together = [0, 1, 2].map(() => new SharedCounts(memory, size));
          for (const [who, step] of taken) {
            const counts = together[who];
            if (counts === undefined) throw new Error('nobody');
            expect(step(counts)).toEqual(step(alone));
          }
          for (const counts of together) expect(stateOf(counts)).toEqual(stateOf(alone));
        }),
      );
    });
  }
});

test('they have the origin of their IVs in common', () => {
  const memory = newSharedCounts(NO_PROGRESS, 32, ORIGIN);
  expect(new SharedCounts(memory, 32).ivOrigin).toEqual(ORIGIN);
});

test('the last numbers are for those who took some at the same time', () => {
  const counts = new SharedCounts(
    newSharedCounts({ sent: LAST - 70_000, received: 0 }, 0, ORIGIN),
    0,
  );
  const left = counts.left(LAST);
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(70_000 - 16 * 64);
  counts.take(left);
  expect(counts.left(LAST)).toBe(0);
  expect(counts.sent).toBeLessThan(LAST);
});
