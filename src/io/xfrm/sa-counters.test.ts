import { describe, expect, test } from 'vitest';
import type { XfrmReplay } from '../../netlink/xfrm-replay.ts';
import { discardsFromKernel, windowFromKernel } from './sa-counters.ts';

/** A replay state as the kernel keeps it, after `numbers` were received in this order. */
function received(numbers: readonly number[], window: number, wide: boolean): XfrmReplay {
  const bits = new Set<number>();
  let highest = 0;
  for (const number of numbers) {
    // As xfrm_replay_advance() and xfrm_replay_advance_esn() do.
    if (wide) {
      for (let n = highest + 1; n <= number; n++) bits.delete((n - 1) % window);
      bits.add((number - 1) % window);
    } else {
      const shift = Math.max(0, number - highest);
      const shifted = [...bits].map((bit) => bit + shift).filter((bit) => bit < 32);
      bits.clear();
      for (const bit of shifted) bits.add(bit);
      bits.add(Math.max(highest, number) - number);
    }
    highest = Math.max(highest, number);
  }
  const bitmap = Array.from({ length: Math.ceil(window / 32) }, (_, word) =>
    [...bits]
      .filter((bit) => Math.floor(bit / 32) === word)
      .reduce((sum, bit) => sum + 2 ** (bit % 32), 0),
  );
  return {
    sent: 0,
    sentHigh: 0,
    received: highest % 2 ** 32,
    receivedHigh: Math.floor(highest / 2 ** 32),
    bitmap,
    wide,
  };
}

describe('windowFromKernel()', () => {
  test.each([
    ['narrow', 32, false],
    ['wide', 32, true],
    ['wide', 100, true],
  ])('counts what is missing in a %s window of %i', (_, replayWindow, wide) => {
    const state = (...numbers: number[]) =>
      windowFromKernel({ replay: received(numbers, replayWindow, wide), replayWindow });
    expect(state()).toEqual({ highest: 0, missing: 0 });
    expect(state(1, 2, 3)).toEqual({ highest: 3, missing: 0 });
    expect(state(3)).toEqual({ highest: 3, missing: 2 });
    expect(state(5, 2, 9, 4)).toEqual({ highest: 9, missing: 5 });
    const all = Array.from({ length: 250 }, (_each, k) => k + 1);
    expect(state(...all)).toEqual({ highest: 250, missing: 0 });
    const but = all.filter((number) => number !== 240 && number !== 250 - replayWindow);
    expect(state(...but)).toEqual({ highest: 250, missing: 1 });
  });

  test('tells the whole of an extended sequence number', () => {
    const replay = { ...received([3], 64, true), receivedHigh: 2 };
    expect(windowFromKernel({ replay, replayWindow: 64 })).toEqual({
      highest: 2 * 2 ** 32 + 3,
      missing: 63,
    });
  });

  test('is null where there is none', () => {
    expect(windowFromKernel({ replay: received([], 32, false), replayWindow: 0 })).toBeNull();
  });
});

test('discardsFromKernel() has the names of xfrm_stat, and nothing that never occurred', () => {
  expect(discardsFromKernel({ windowErrors: 0, replays: 0, integrityFailures: 0 })).toEqual({});
  expect(discardsFromKernel({ windowErrors: 2, replays: 3, integrityFailures: 1 })).toEqual({
    'in-state-seq-error': 5,
    'in-state-proto-error': 1,
  });
});
