import { expect, test } from 'vitest';
import { isDomain, readDomains, readLine, readLines, textOctets } from './text.ts';

test.each<[Uint8Array, string | undefined]>([
  [textOctets('bob'), 'bob'],
  [textOctets('Ätna ✓'), 'Ätna ✓'],
  [textOctets('bob\0\0'), 'bob'],
  [textOctets('bo\0b'), undefined],
  [textOctets('a\nb'), undefined],
  [textOctets('\u202ebob'), undefined],
  [Uint8Array.of(0xc3), undefined],
  [new Uint8Array(0), ''],
])('the octets %o are the line %o', (octets, line) => {
  expect(readLine(octets)).toBe(line);
});

test('lines keep what shows, and nothing that a terminal obeys', () => {
  const octets = textOctets('Welcome\r\n\tto \u001b[31mthe\u0007 office\u202e\n\0');
  expect(readLines(octets)).toBe('Welcome\n\tto [31mthe office\n');
});

test('domains come in lists of any kind', () => {
  const octets = textOctets('a.example\0,b.example c.example,;rm -rf,$(id),x..y,_srv.d.example.');
  expect(readDomains(octets)).toEqual(['a.example', 'b.example', 'c.example', '_srv.d.example.']);
});

test.each(['gazette.example', 'EXAMPLE', 'a-b.c', '_tcp.a', 'a.'])('%s is a domain', (name) => {
  expect(isDomain(name)).toBe(true);
});

test.each(['', '.', '-a', 'a-', 'a b', 'a;b', 'ä.example', `${'a'.repeat(256)}`, 'a/b', '`id`'])(
  '%s is none',
  (name) => {
    expect(isDomain(name)).toBe(false);
  },
);
