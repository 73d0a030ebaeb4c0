import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from './secret.ts';

function secretOf(first: number, length = 16): Secret {
  return new Secret(Uint8Array.from({ length }, (_, k) => first + k));
}

test('a secret takes its octets over and leaves none behind', () => {
  const octets = Uint8Array.of(1, 2, 3);
  const secret = new Secret(octets);
  expect(octets).toEqual(new Uint8Array(3));
  expect(secret.expose()).toEqual(Uint8Array.of(1, 2, 3));
  expect([secret.length, secret.bits]).toEqual([3, 24]);
});

test('overwriting a secret leaves its neighbours alone', () => {
  const secrets = Array.from({ length: 1000 }, (_, k) => secretOf(k & 127));
  for (const [k, secret] of secrets.entries()) if (k % 2 === 0) secret.zeroise();
  for (const [k, secret] of secrets.entries()) {
    expect(secret.expose()).toEqual(k % 2 === 0 ? new Uint8Array(16) : secretOf(k & 127).expose());
  }
});

test('secrets of any length are kept, the empty one too', () => {
  for (const length of [0, 1, 4096, 5000]) {
    expect(secretOf(0, length).equals(secretOf(0, length))).toBe(true);
    expect(secretOf(0, length).expose()).toHaveLength(length);
  }
  expect(secretOf(1).equals(secretOf(2))).toBe(false);
});

test('no octet of a secret shows, however it is turned into text', () => {
  const secret = secretOf(0xa0);
  for (const text of [`${secret}`, JSON.stringify({ secret }), inspect(secret, { depth: 9 })]) {
    expect(text).not.toMatch(/a0|160|161/);
  }
});
