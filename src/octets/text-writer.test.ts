import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { phrase, TextWriter } from './text-writer.ts';

/** What `write` writes into little memory. */
function written(write: (out: TextWriter) => void): string {
  const out = new TextWriter(1);
  write(out);
  return out.taken(0);
}

describe('TextWriter writes', () => {
  test('phrases of any length behind one another', () => {
    const texts = ['', 'a', 'ab', 'abc', 'abcd', 'abcde', 'ä€😀'];
    const phrases = texts.map(phrase);
    const text = written((out) => {
      for (const each of phrases) out.phrase(each);
    });
    expect(text).toBe(texts.join(''));
  });

  test('texts as UTF-8, whether short or long', () => {
    for (const text of ['', 'abc', 'aä€😀', 'x'.repeat(5000), 'ä€'.repeat(5000)]) {
      expect(written((out) => out.text(text).text(text))).toBe(text + text);
    }
  });

  test('numbers as JavaScript does', () => {
    const numbers = fc.oneof(
      fc.nat(9),
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.constantFrom(10, 15, 16, 99, 100, 0x0fff_ffff, 0x1000_0000, 2 ** 31, 2 ** 32 - 1),
    );
    fc.assert(
      fc.property(numbers, (number) => {
        expect(written((out) => out.decimal(number))).toBe(`${number}`);
        expect(written((out) => out.hex(number))).toBe(number.toString(16));
        expect(written((out) => out.hex32(number))).toBe(number.toString(16).padStart(8, '0'));
        expect(written((out) => out.digits(number, 6))).toBe(
          `${number % 1_000_000}`.padStart(6, '0'),
        );
      }),
    );
  });
});

test('what is taken back is no longer there', () => {
  const out = new TextWriter();
  out.text('kept');
  const from = out.length;
  expect(out.text(' taken').taken(from)).toBe(' taken');
  expect(new TextDecoder().decode(out.octets)).toBe('kept');
});
