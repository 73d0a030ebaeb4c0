import { expect, test } from 'vitest';
import { requestLine } from './request-line.ts';

const FLUSH = { kind: 'flush-policies' } as const;

test('a request that just fits is a line', () => {
  const text = '{"op":"commit","changes":[{"kind":"flush-policies"}]}';
  expect(requestLine({ op: 'commit', changes: [FLUSH] }, text.length)).toBe(`${text}\n`);
});

test('one that does not says how much is too much, and what to do', () => {
  expect(() => requestLine({ op: 'commit', changes: [FLUSH, FLUSH] }, 60)).toThrow(
    'Cannot change so much at once: 2 changes take more than the 60 octets that ipseald reads; do it in several steps',
  );
  expect(() => requestLine({ op: 'capabilities' }, 10)).toThrow(
    'Cannot ask ipseald: the request has more than 10 octets',
  );
});

test('one that no string can hold, too', () => {
  const change = {
    ...FLUSH,
    toJSON() {
      throw new RangeError('Invalid string length');
    },
  };
  expect(() => requestLine({ op: 'commit', changes: [change] }, 60)).toThrow(
    'Cannot change so much at once: 1 changes take more',
  );
});
