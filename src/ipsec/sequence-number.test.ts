import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { espSa } from '../../test/support/sas.ts';
import { nodeProvider } from '../crypto/node-provider.ts';
import { Sa } from './sa.ts';
import { extendSequenceNumber, highHalf, lastSequenceNumber } from './sequence-number.ts';

const HALF = 2 ** 32;

/** RFC 4303, Appendix A2.1 and A2.2, in its own letters. */
function oracle(low: number, highest: number, size: number): bigint {
  const W = BigInt(size);
  const Th = BigInt(highest) >> 32n;
  const Tl = BigInt(highest) & 0xffffffffn;
  const Seql = BigInt(low);
  const Bl = (Tl - W + 1n) & 0xffffffffn;
  let Seqh: bigint;
  if (Tl >= W - 1n) Seqh = Seql >= Bl ? Th : Th + 1n;
  else Seqh = Seql >= Bl ? Th - 1n : Th;
  return Seqh * 2n ** 32n + Seql;
}

/** Numbers around which something changes, and any. */
const lows = fc.oneof(
  fc.integer({ min: 0, max: 5000 }),
  fc.integer({ min: HALF - 5000, max: HALF - 1 }),
  fc.integer({ min: 0, max: HALF - 1 }),
);
const highs = fc.oneof(fc.constantFrom(0, 1, 2, HALF), fc.integer({ min: 0, max: 2 ** 20 }));
const sizes = fc.constantFrom(1, 2, 32, 64, 1000, 4096);

describe('the number that a packet shows half of', () => {
  test('is that of RFC 4303, Appendix A2', () => {
    fc.assert(
      fc.property(lows, highs, lows, sizes, (low, high, highestLow, size) => {
        const highest = Math.min(high, 2 ** 20) * HALF + highestLow;
        expect(BigInt(extendSequenceNumber(low, highest, size))).toBe(oracle(low, highest, size));
      }),
      { numRuns: 5000 },
    );
  });

  test('is found for everything in the window and 2^31 beyond it', () => {
    fc.assert(
      fc.property(lows, highs, sizes, fc.integer(), (low, high, size, distance) => {
        const highest = Math.min(high, 2 ** 20) * HALF + low;
        const ahead = distance >= 0 ? distance : -(-distance % size);
        const number = highest + ahead;
        if (number < 0) return;
        expect(extendSequenceNumber(number % HALF, highest, size)).toBe(number);
      }),
      { numRuns: 5000 },
    );
  });

  test('is none before the first', () => {
    expect(extendSequenceNumber(HALF - 1, 0, 64)).toBeLessThan(0);
    expect(extendSequenceNumber(HALF - 1, 62, 64)).toBeLessThan(0);
    expect(extendSequenceNumber(1, 0, 64)).toBe(1);
  });
});

test('the last number is where 32 bits, or exact integers, end', () => {
  expect(lastSequenceNumber(false)).toBe(0xffffffff);
  expect(lastSequenceNumber(true)).toBe(Number.MAX_SAFE_INTEGER);
  expect(highHalf(lastSequenceNumber(true))).toBe(0x1fffff);
});

describe('an SA with extended sequence numbers', () => {
  const crypto = nodeProvider({ octets: new Uint8Array(0) });
  const extended = (replayWindow: number) =>
    new Sa(espSa({ extendedSequenceNumbers: true, replayWindow }), crypto, 0);

  /** Whether the receiver takes a packet of that number. */
  function take(sa: Sa, number: number): boolean {
    const found = sa.sequenceNumberOf(number % HALF);
    if (found !== number || !sa.mayAccept(found)) return false;
    sa.accept(found);
    return true;
  }

  test.each([32, 33, 64, 1000, 4096])(
    'goes past 2^32 and back within a window of %i, and takes nothing twice',
    (size) => {
      const sa = extended(size);
      const first = HALF - 2 * size;
      for (let k = 0; k < 4 * size; k += 2) expect(take(sa, first + k)).toBe(true);
      const highest = first + 4 * size - 2;
      for (let k = 1; k < size; k++) expect(take(sa, highest - k)).toBe(k % 2 === 1);
      // What is left of the window looks like a number of the next run.
      expect(sa.sequenceNumberOf((highest - size) % HALF)).toBe(highest - size + HALF);
      expect(take(sa, highest)).toBe(false);
    },
  );

  test('sends on where one without would stop', () => {
    const parameters = espSa({ extendedSequenceNumbers: true });
    const sa = new Sa(parameters, crypto, 0, { sent: HALF - 1, received: 0 });
    expect(sa.canSend).toBe(true);
    expect(sa.nextSequenceNumber()).toBe(HALF);
    const last = new Sa(parameters, crypto, 0, { sent: Number.MAX_SAFE_INTEGER, received: 0 });
    expect(last.canSend).toBe(false);
  });
});
