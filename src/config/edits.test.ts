import { expect, test } from 'vitest';
import type { Edit } from './diagnostic.ts';
import { applyEdits } from './edits.ts';

function edit(start: number, end: number, text: string): Edit {
  return { span: { start, end }, text, changesProtection: false };
}

test('edits are made in the order of the text, whatever order they come in', () => {
  expect(applyEdits('abcdef', [edit(4, 5, 'EE'), edit(0, 1, ''), edit(2, 2, '-')])).toBe('b-cdEEf');
  expect(applyEdits('abc', [])).toBe('abc');
  expect(applyEdits('abc', [edit(3, 3, 'd')])).toBe('abcd');
});

test('of edits that overlap the first is made, and two at one place both', () => {
  expect(applyEdits('abcdef', [edit(1, 4, 'X'), edit(3, 5, 'Y')])).toBe('aXef');
  expect(applyEdits('abc', [edit(1, 1, '1'), edit(1, 1, '2')])).toBe('a12bc');
});
