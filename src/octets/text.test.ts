import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapedOctets, escapedText } from './text.ts';

const octets = (text: string) => new TextEncoder().encode(text);

test('text stays as it is', () => {
  expect(escapedOctets(octets('gate.example.net, Zürich 東京 😀'), 99)).toBe(
    'gate.example.net, Zürich 東京 😀',
  );
});

test('what is not seen, or steers terminals, is escaped', () => {
  expect(escapedOctets(octets('a\x1b[31m\n\0b'), 99)).toBe('a\\u{1b}[31m\\u{a}\\u{0}b');
  expect(escapedOctets(octets('\u202egpj\u2028'), 99)).toBe('\\u{202e}gpj\\u{2028}');
  expect(escapedOctets(Uint8Array.of(0x61, 0xff), 99)).toBe('a\\u{fffd}');
  expect(escapedText('\ud800x', 99)).toBe('\\u{d800}x');
});

test('too much ends in an ellipsis', () => {
  expect(escapedOctets(octets('abcdef'), 6)).toBe('abcdef');
  expect(escapedOctets(octets('abcdefg'), 6)).toBe('abcdef…');
  expect(escapedOctets(octets('😀😀😀'), 2)).toBe('😀😀…');
});

test('any octets become one bounded line', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(40), (given, most) => {
      const text = escapedOctets(given, most);
      expect(text.length).toBeLessThanOrEqual(10 * most + 1);
      expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }),
  );
});
