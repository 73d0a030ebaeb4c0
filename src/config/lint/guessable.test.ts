import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fromHex } from '../../octets/hex.ts';
import { isPrintable, whyGuessable } from './guessable.ts';

function hex(digits: string): Uint8Array {
  return fromHex(digits) ?? expect.unreachable();
}

function text(characters: string): Uint8Array {
  return new TextEncoder().encode(characters);
}

/** Octets that look random, the same each time. */
function random(length: number, seed: number): Uint8Array {
  const parts = Array.from({ length: Math.ceil(length / 32) }, (_, part) =>
    createHash('sha256').update(`${seed} ${part}`).digest(),
  );
  return new Uint8Array(Buffer.concat(parts).subarray(0, length));
}

describe('whyGuessable()', () => {
  test.each([
    ['00'.repeat(16), 'it repeats itself'],
    ['deadbeef'.repeat(4), 'it repeats itself'],
    ['a1b2c3d4e5f60718'.repeat(2), 'it repeats itself'],
    ['000102030405060708090a0b0c0d0e0f', 'it counts up or down in steps'],
    ['00112233445566778899aabbccddeeff', 'it counts up or down in steps'],
    ['0123456789abcdef0123456789abcdef0123456789abcdef', 'it repeats itself'],
    ['0123456789abcdeffedcba9876543210', 'it counts up or down in steps'],
    ['0f1e2d3c4b5a69788796a5b4c3d2e1f0', 'it counts up or down in steps'],
    ['0123456789abcdef', 'it counts up or down in steps'],
    ['00ff00ffff00ff0000ffff00ffffff00', 'it has few different octets'],
    ['7477656e747963686172616374657273656372746b', 'it is letters of one case'],
    ['7477656e74796368617261637465727365637254', null],
  ])('of %s is: %s', (digits, why) => {
    expect(whyGuessable(hex(digits), false)).toBe(why);
  });

  test.each([
    ['1234567890123456', 'it is a number in characters'],
    ['9183746501928374', 'it is a number in characters'],
    ['twentycharactersecrt', 'it is letters of one case'],
    ['Kame1Kame1Kame1K', 'it is words'],
    ['this is the test key 1234', 'it has few different octets'],
    ['Correct Horse Battery 7', 'it is words'],
    ['q8Zk+3fWp/0sVxT2', null],
    ['hYbRmQzLpWkTnVcX', null],
  ])('of the text %j is: %s', (characters, why) => {
    expect(whyGuessable(text(characters), true)).toBe(why);
  });

  test('is null of what was drawn by lot, at any length that a key has', () => {
    for (const length of [5, 8, 14, 16, 20, 24, 32, 48, 64]) {
      for (let seed = 0; seed < 2000; seed++) {
        const octets = random(length, seed * 100 + length);
        expect(whyGuessable(octets, false), `${length} ${seed}`).toBeNull();
        expect(isPrintable(octets, false)).toBe(false);
      }
    }
  });

  test('is null of random characters', () => {
    for (let seed = 0; seed < 2000; seed++) {
      const characters = Buffer.from(random(24, seed)).toString('base64');
      expect(whyGuessable(text(characters), true), characters).toBeNull();
    }
  });
});

test('isPrintable() tells text that was written in digits, where it is long enough to be sure', () => {
  expect(isPrintable(text('A text of 32 characters, printed'), false)).toBe(true);
  expect(isPrintable(text('sixteen letters.'), false)).toBe(false);
  expect(isPrintable(text('sixteen letters.'), true)).toBe(true);
});
