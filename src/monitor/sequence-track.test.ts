import { expect, test } from 'vitest';
import { SequenceTrack } from './sequence-track.ts';

function arrivals(track: SequenceTrack, ...numbers: readonly number[]): string {
  return numbers.map((number) => track.note(number)).join(' ');
}

test('gaps, late packets and replays are told apart', () => {
  const track = new SequenceTrack(false);
  expect(arrivals(track, 7, 8, 11, 10, 10, 12, 0, 5000, 3)).toBe(
    'first next gap late replay next old gap old',
  );
  expect(track).toMatchObject({
    highest: 5000,
    missing: 1 + 5000 - 12 - 1,
    late: 3,
    replays: 1,
  });
});

test('the high half of extended numbers is found again', () => {
  const track = new SequenceTrack(true, 2 ** 32 - 2);
  const numbers = [0xffffffff, 0, 1, 0xfffffffe].map((low) => {
    const whole = track.whole(low);
    track.note(whole);
    return whole;
  });
  expect(numbers).toEqual([2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 32 - 2]);
  expect(track).toMatchObject({ missing: 0, late: 1, replays: 0 });
});

test('what is known of earlier packets makes no gap', () => {
  const track = new SequenceTrack(false, 1000);
  expect(arrivals(track, 2000, 2001)).toBe('first next');
  expect(track.missing).toBe(0);
});
