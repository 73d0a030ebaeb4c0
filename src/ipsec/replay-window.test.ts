import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReplayWindow } from './replay-window.ts';

const LAST = 0xffffffff;

/** The same rules on a set of every number seen. */
class Oracle {
  readonly #size: number;
  readonly #seen = new Set<number>();
  #highest = 0;

  constructor(size: number) {
    this.#size = size;
  }

  check(number: number): boolean {
    if (number === 0 || this.#seen.has(number)) return false;
    return number > this.#highest || this.#highest - number < this.#size;
  }

  accept(number: number): void {
    this.#seen.add(number);
    this.#highest = Math.max(this.#highest, number);
  }
}

/** Steps from the highest number: mostly small, about a window, or very far. */
const steps = (size: number) =>
  fc.array(
    fc.tuple(
      fc.oneof(
        fc.integer({ min: -4, max: 4 }),
        fc.integer({ min: -size - 2, max: size + 2 }),
        fc.integer({ min: -2 * size - 70, max: 2 * size + 70 }),
        fc.integer({ min: -LAST, max: LAST }),
      ),
      fc.boolean(),
    ),
    { maxLength: 200, size: 'max' },
  );

describe('a window that begins with a highest number takes all up to it for seen', () => {
  for (const size of [1, 31, 32, 33, 64, 4096]) {
    test(`size ${size}`, () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 5000 }), steps(size), (first, moves) => {
          const window = new ReplayWindow(size, first);
          const oracle = new Oracle(size);
          for (let number = Math.max(1, first - size); number <= first; number++) {
            oracle.accept(number);
          }
          expect([window.highest, window.missing]).toEqual([first, 0]);
          for (const [step] of moves) {
            const number = Math.max(0, Math.min(LAST, window.highest + step));
            const fresh = oracle.check(number);
            expect(window.check(number), `${number} after ${window.highest}`).toBe(fresh);
            if (!fresh) continue;
            window.accept(number);
            oracle.accept(number);
          }
        }),
        { numRuns: 50 },
      );
    });
  }
});

describe('the replay window agrees with a set of all numbers seen', () => {
  for (const size of [1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 1000, 4095, 4096]) {
    test(`size ${size}`, () => {
      const start = fc.constantFrom(1, size, 2 ** 31, LAST - size - 40, LAST - 1);
      fc.assert(
        fc.property(start, steps(size), (first, moves) => {
          const window = new ReplayWindow(size);
          const oracle = new Oracle(size);
          let highest = first;
          for (const [step, authentic] of [[0, true] as const, ...moves]) {
            const number = Math.max(0, Math.min(LAST, highest + step));
            const fresh = oracle.check(number);
            expect(window.check(number), `${number} after ${highest}`).toBe(fresh);
            // Asking changes nothing: a forged packet leaves the window as it is.
            if (!fresh || !authentic) continue;
            window.accept(number);
            oracle.accept(number);
            highest = Math.max(highest, number);
            expect(window.highest).toBe(highest);
          }
        }),
        { numRuns: 60 },
      );
    });
  }
});

describe('a train leaves the window as its numbers would, one by one', () => {
  test.each([1, 31, 32, 33, 64, 65, 1024])('size %i', (size) => {
    const moves = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 2 * size + 70 }), fc.integer({ min: 1, max: 100 })),
      { minLength: 1, maxLength: 20 },
    );
    const start = fc.constantFrom(0, 1, size, 2 ** 31 - 40, 2 ** 32 - 40, 2 ** 40 + 7);
    fc.assert(
      fc.property(start, moves, (highest, trains) => {
        const [together, apart] = [
          new ReplayWindow(size, highest),
          new ReplayWindow(size, highest),
        ];
        for (const [step, count] of trains) {
          const first = together.highest + step;
          together.acceptTrain(first, count);
          for (let k = 0; k < count; k++) apart.accept(first + k);
        }
        expect(together.highest).toBe(apart.highest);
        expect(together.missing).toBe(apart.missing);
        for (let number = apart.highest - size - 70; number <= apart.highest + 40; number++) {
          if (number < 1) continue;
          expect(together.check(number), `${number}`).toBe(apart.check(number));
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('a jump after every number was seen', () => {
  test.each([1, 31, 32, 33, 64, 65, 128])('leaves no stale bit behind, size %i', (size) => {
    for (let jump = 1; jump <= 3 * size + 100; jump++) {
      const window = new ReplayWindow(size);
      const oracle = new Oracle(size);
      const filled = 2 * size + 100;
      for (let number = 1; number <= filled; number++) {
        window.accept(number);
        oracle.accept(number);
      }
      window.accept(filled + jump);
      oracle.accept(filled + jump);
      for (let number = filled + jump - size - 1; number <= filled + jump + 1; number++) {
        if (window.check(number) !== oracle.check(number)) {
          expect.fail(`${number} after a jump of ${jump} from ${filled}`);
        }
      }
    }
  });
});

describe('the replay window (RFC 4303 §3.4.3)', () => {
  test('never takes 0 and takes 1 first', () => {
    const window = new ReplayWindow(64);
    expect(window.check(0)).toBe(false);
    expect(window.check(1)).toBe(true);
  });

  test('takes the last number there is, once', () => {
    const window = new ReplayWindow(32);
    window.accept(LAST);
    expect(window.check(LAST)).toBe(false);
    expect(window.check(LAST - 31)).toBe(true);
    expect(window.check(LAST - 32)).toBe(false);
  });

  test('counts what it covers and did not come', () => {
    const window = new ReplayWindow(40);
    expect(window.missing).toBe(0);
    for (const number of [1, 5, 3]) window.accept(number);
    expect(window.missing).toBe(2);
    for (let number = 6; number <= 100; number++) if (number !== 90) window.accept(number);
    expect(window.missing).toBe(1);
    window.accept(1000);
    expect(window.missing).toBe(39);
  });

  test('remembers every number of a window that was filled backwards', () => {
    const window = new ReplayWindow(4096);
    for (let number = 8192; number > 4096; number--) {
      expect(window.check(number)).toBe(true);
      window.accept(number);
    }
    for (let number = 1; number <= 8192; number++) expect(window.check(number)).toBe(false);
  });
});
