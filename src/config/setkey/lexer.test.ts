import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SourceText } from '../source.ts';
import type { Token } from '../token.ts';
import { Lexer } from './lexer.ts';

/** All tokens of `text`, the last of which is of kind `end`. */
function tokenize(text: string): Token[] {
  const lexer = new Lexer(new SourceText('t', text));
  const tokens = [lexer.next()];
  while (tokens.at(-1)?.kind !== 'end') tokens.push(lexer.next());
  return tokens;
}

/** Kinds and texts, the end left out. */
function tokens(text: string): string[] {
  return tokenize(text)
    .slice(0, -1)
    .map((token) => `${token.kind} ${token.text}`);
}

/** What of `text` is taken for a secret. */
function secrets(text: string): string[] {
  return tokenize(text)
    .filter((token) => token.secret)
    .map((token) => token.text);
}

test('names, numbers, hexadecimal digits, options and signs are told apart', () => {
  expect(tokens('add 10.9.0.1[any] fe80::1%lo esp 513 0x201 -lh -E aes-cbc ;')).toEqual([
    'word add',
    'word 10.9.0.1',
    'sign [',
    'word any',
    'sign ]',
    'word fe80::1%lo',
    'word esp',
    'number 513',
    'hex 0x201',
    'option -lh',
    'option -E',
    'word aes-cbc',
    'sign ;',
  ]);
});

test('signs need no blanks around them, and take them', () => {
  const close = ['word 10.0.0.0', 'sign /', 'number 8', 'sign [', 'number 80', 'sign ]', 'sign ;'];
  expect(tokens('10.0.0.0/8[80];')).toEqual(close);
  expect(tokens(' 10.0.0.0 / 8\t[ 80 ]\n ;')).toEqual(close);
});

test('hyphens stand within words outside of policies and between them inside', () => {
  expect(tokens('a-b -P out prio low -5 1.1.1.1-2::2/unique:7; a-b')).toEqual([
    'word a-b',
    'option -P',
    'word out',
    'word prio',
    'word low',
    'sign -',
    'number 5',
    'word 1.1.1.1',
    'sign -',
    'word 2::2',
    'sign /',
    'word unique:7',
    'sign ;',
    'word a-b',
  ]);
});

test('a statement at the beginning of a line ends a policy that has no semicolon', () => {
  expect(tokens('-P out none\nadd a-b').slice(-1)).toEqual(['word a-b']);
});

test('a capital option may touch what follows', () => {
  expect(tokens('-Enull -Pout')).toEqual(['option -E', 'word null', 'option -P', 'word out']);
});

test('comments, the interpreter line and CRLF are blanks, in policies too', () => {
  expect(tokens('#!/usr/sbin/setkey -f\r\nflush;\r\n-P out # ; x\r\n none;')).toEqual([
    'word flush',
    'sign ;',
    'option -P',
    'word out',
    'word none',
    'sign ;',
  ]);
});

test('a byte order mark is a blank', () => {
  expect(tokens('\ufeffflush')).toEqual(['word flush']);
});

test('a text in quotes keeps lines, comments and semicolons', () => {
  expect(tokens('"a # b;\n c" d')).toEqual(['quoted "a # b;\n c"', 'word d']);
});

test('a quote without its other half ends with the line', () => {
  expect(tokens('"abc ;\nflush;')).toEqual(['unterminated "abc ;', 'word flush', 'sign ;']);
});

test('hexadecimal digits with more behind them are a word', () => {
  expect(tokens('0x12g 0xfe80::1')).toEqual(['word 0x12g', 'word 0xfe80::1']);
});

test('what follows the name of an algorithm is a secret, whatever it looks like', () => {
  expect(secrets('add 10.9.0.1 esp 0x1234 -E aes-cbc 0x12 -A hmac-md5 abc def;')).toEqual([
    '0x12',
    'abc',
    'def',
  ]);
  expect(secrets('-E null -A null;\nadd x')).toEqual([]);
});

test('quoted texts and long runs of hexadecimal digits are secrets everywhere', () => {
  const digits = '0123456789abcdef';
  expect(
    secrets(
      `"x" ${digits} 0x${digits} dump0x${digits} -k${digits} 2001:db8:0:0:1:2:3:4 0x1FFFFFFFF`,
    ),
  ).toEqual(['"x"', digits, `0x${digits}`, `dump0x${digits}`, `-k${digits}`]);
});

test('every character is a blank, in a comment, or in exactly one token', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      let at = 0;
      for (const token of tokenize(text)) {
        expect(text.slice(at, token.start)).toMatch(/^(?:[ \t\r\n\ufeff]|#[^\n]*)*$/);
        expect(text.slice(token.start, token.end)).toBe(token.text);
        expect(token.end > token.start || token.kind === 'end').toBe(true);
        at = token.end;
      }
      expect(at).toBe(text.length);
    }),
  );
});
