import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../octets/hex.ts';
import { AES_CBC } from './aes-cbc.ts';
import { AES_CTR } from './aes-ctr.ts';
import { AES_GCM_16 } from './aes-gcm.ts';
import { INSECURE_3DES_CBC } from './insecure/3des-cbc.ts';
import { INSECURE_DES_CBC } from './insecure/des-cbc.ts';
import { newKey, newKeyBits, newPreSharedKey, type RandomOctets } from './new-key.ts';
import { ENCRYPTION_ALGORITHMS, INTEGRITY_ALGORITHMS } from './registry.ts';

const random: RandomOctets = (length) => new Uint8Array(randomBytes(length));

/** Gives what `texts` spell, one after the other. */
function drawn(...texts: readonly string[]): RandomOctets {
  const octets = [...(fromHex(texts.join('')) ?? [])];
  return (length) => {
    if (octets.length < length) throw new Error('nothing left to draw');
    return Uint8Array.from(octets.splice(0, length));
  };
}

const keyed = [...ENCRYPTION_ALGORITHMS, ...INTEGRITY_ALGORITHMS].filter(
  ({ keyBits }) => keyBits.length > 0,
);

describe.each(keyed)('$name', (algorithm) => {
  test.each(algorithm.keyBits)('has new keys of %i bits, no two the same', (bits) => {
    expect(newKeyBits(algorithm, bits)).toBe(bits);
    const keys = [newKey(algorithm, bits, random), newKey(algorithm, bits, random)];
    expect(keys.map((key) => key.bits)).toEqual([bits, bits]);
    expect(bits < 64 || !keys[0]?.equals(keys[1] as (typeof keys)[1])).toBe(true);
  });

  test('has the longest key unless told', () => {
    expect(newKeyBits(algorithm, null)).toBe(Math.max(...algorithm.keyBits));
  });
});

test('the bits of a counter mode may be told with its salt and without', () => {
  expect([newKeyBits(AES_GCM_16, 128), newKeyBits(AES_GCM_16, 160)]).toEqual([160, 160]);
  expect([newKeyBits(AES_CTR, 256), newKeyBits(AES_CTR, 288)]).toEqual([288, 288]);
  expect([newKeyBits(AES_CBC, 160), newKeyBits(AES_GCM_16, 136)]).toEqual([undefined, undefined]);
});

describe('keys of DES', () => {
  test('have odd parity', () => {
    const key = newKey(INSECURE_DES_CBC, 64, drawn('00ff0123456789ab'));
    expect(toHex(key.expose())).toBe('01fe0123456789ab');
    for (const octet of newKey(INSECURE_3DES_CBC, 192, random).expose()) {
      expect(octet.toString(2).replaceAll('0', '').length % 2).toBe(1);
    }
  });

  test('are drawn again when they are weak, whatever their parity was', () => {
    const weak = ['0000000000000000', 'ffffffffffffffff', '1e1f1e1f0f0e0f0e', 'e0fee0fef1fef1fe'];
    const key = newKey(INSECURE_DES_CBC, 64, drawn(...weak, '0123456789abcdef'));
    expect(toHex(key.expose())).toBe('0123456789abcdef');
  });

  test('make a key of 3DES only when all three differ', () => {
    const [a, b, c] = ['0123456789abcdef', '23456789abcdef01', '456789abcdef0123'];
    const key = newKey(INSECURE_3DES_CBC, 192, drawn(a, a, b, a, b, b, a, b, a, a, b, c));
    expect(toHex(key.expose())).toBe(a + b + c);
  });
});

describe('a pre-shared key', () => {
  test('is 43 letters and digits, which hold 256 bits', () => {
    const psk = newPreSharedKey(random);
    expect(psk).toMatch(/^[A-Za-z0-9]{43}$/);
    expect(62n ** 43n > 2n ** 256n && 62n ** 42n < 2n ** 256n).toBe(true);
    expect(newPreSharedKey(random)).not.toBe(psk);
  });

  test('passes over octets that would favour some letters, and never begins as hex digits do', () => {
    // 0x34 and 0x31 are the places of 0 and x; 0xf8 is four times 62.
    const text = newPreSharedKey(drawn('3431', '33'.repeat(41), 'f8', '00'.repeat(43)));
    expect(text).toBe('A'.repeat(43));
  });
});
