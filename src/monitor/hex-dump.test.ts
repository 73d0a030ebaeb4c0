import { expect, test } from 'vitest';
import { characterDump, hexDump } from './hex-dump.ts';

const OCTETS = Uint8Array.from({ length: 40 }, (_, k) => k + 30);

test('hexDump() writes sixteen octets a line, the last one short', () => {
  expect(hexDump(OCTETS, 1, 20, false)).toBe(
    '\t0x0000:  1f20 2122 2324 2526 2728 292a 2b2c 2d2e\n\t0x0010:  2f30 31\n',
  );
});

test('hexDump() writes characters in a column of their own', () => {
  expect(hexDump(OCTETS, 1, 20, true)).toBe(
    '\t0x0000:  1f20 2122 2324 2526 2728 292a 2b2c 2d2e  ..!"#$%&\'()*+,-.\n' +
      `\t0x0010:  2f30 31${' '.repeat(34)}/01\n`,
  );
});

test('characterDump() keeps line ends', () => {
  const text = new TextEncoder().encode('GET / HTTP/1.0\r\n\u0001\tx');
  expect(characterDump(text, 0, text.length)).toBe('GET./.HTTP/1.0\n.\tx\n');
});

test('nothing to print is nothing', () => {
  expect(hexDump(OCTETS, 5, 5, true)).toBe('');
});
