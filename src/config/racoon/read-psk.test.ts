import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyFor } from '../../ike/pre-shared-keys.ts';
import { toHex } from '../../octets/hex.ts';
import { formatDiagnostic } from '../diagnostic.ts';
import { readPsk } from './read-psk.ts';

/** Line, column, severity and code of everything that is said. */
function said(text: string): string[] {
  return readPsk({ name: 'psk.txt', text }).diagnostics.map(
    ({ line, column, severity, code }) => `${line}:${column} ${severity} ${code}`,
  );
}

test('a line is an identity and a key', () => {
  const text =
    '# keys\n10.9.0.2\t foobarbaz\nbob@example.net 0x00ff\n\n2001:DB8:0::1 with blanks inside\n#x y';
  const { keys, diagnostics } = readPsk({ name: 'psk.txt', text });
  expect(diagnostics).toEqual([]);
  expect(keys.map(({ identity, key, at }) => [identity, toHex(key.expose()), at.line])).toEqual([
    ['10.9.0.2', '666f6f62617262617a', 2],
    ['bob@example.net', '00ff', 3],
    ['2001:db8::1', toHex(new TextEncoder().encode('with blanks inside')), 5],
  ]);
});

test('the first key for an identity or for anybody counts', () => {
  const { keys } = readPsk({ name: 'psk.txt', text: 'a one\n2001:db8::1 two\n* three\nb four' });
  const found = (identity: string): number => keyFor(keys, identity)?.at.line ?? 0;
  expect(['a', '2001:DB8::1', 'b', 'c'].map(found)).toEqual([1, 2, 3, 3]);
  expect(keyFor([], 'a')).toBeUndefined();
});

describe('what is wrong is told by place', () => {
  for (const [text, expected] of [
    ['10.9.0.2', '1:1 error missing-key'],
    ['10.9.0.2  ', '1:1 error missing-key'],
    ['a b\n  10.9.0.2 secret', '2:3 error indented-line'],
    ['a 0x123', '1:3 error not-hexadecimal'],
    ['a 0x', '1:3 error not-hexadecimal'],
    ['a 0xgg', '1:3 error not-hexadecimal'],
    ['a "secret"', '1:3 warning quoted-key'],
    ['a secret ', '1:3 warning blank-behind-key'],
    ['a secret\r\n', '1:3 warning blank-behind-key'],
    ['a b\nA c\na d', '3:1 warning shadowed-key'],
    ['* b', '1:1 warning key-for-anybody'],
  ] as const) {
    test(JSON.stringify(text), () => expect(said(text)).toEqual([expected]));
  }
});

test('a file with an error has no keys', () => {
  expect(readPsk({ name: 'psk.txt', text: 'a b\nc\n' }).keys).toEqual([]);
});

test('no key is ever shown, and nothing throws', () => {
  const line = fc.constantFrom('a SECRET', ' b SECRET', 'c 0xSECRET', 'a "SECRET" ', 'a', '#', '');
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.string({ unit: 'binary' }))), (lines) => {
      const { diagnostics } = readPsk({ name: 'psk.txt', text: lines.join('\n') });
      expect(diagnostics.map(formatDiagnostic).join('\n')).not.toContain('SECRET');
    }),
  );
});
