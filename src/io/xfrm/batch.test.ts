import { expect, test } from 'vitest';
import { batchesOf } from './batch.ts';
import type { Effect, Step } from './step.ts';

const LETTERS: Readonly<Record<string, Effect>> = { o: 'opens', c: 'closes', r: 'removes-sas' };

/** Steps as letters, the first of their effects, and batches as words. */
function batched(letters: string): string {
  const steps = [...letters].map((letter, index): Step => {
    const effect = LETTERS[letter];
    if (effect === undefined) throw new Error(`No effect ${letter}`);
    const request = () => ({ type: 0, flags: 0, payload: new Uint8Array(0) });
    return { request, undo: () => [], effect, index };
  });
  return [...batchesOf(steps)]
    .map((batch) => batch.map(({ index }) => letters[index]).join(''))
    .join(' ');
}

test.each([
  ['nothing is in no batch', '', ''],
  ['what closes may follow anything', 'cccc', 'cccc'],
  ['what opens may follow what opens', 'oocc', 'oocc'],
  ['what opens never follows what closes', 'ccoco', 'cc oc o'],
  ['what removes SAs follows nothing', 'crrcro', 'c r rc r o'],
])('%s', (_, letters, batches) => {
  expect(batched(letters)).toBe(batches);
});

test('a batch is not without end', () => {
  expect(
    batched('c'.repeat(600))
      .split(' ')
      .map(({ length }) => length),
  ).toEqual([256, 256, 88]);
});
