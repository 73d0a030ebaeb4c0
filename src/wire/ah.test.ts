import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex } from '../octets/hex.ts';
import {
  AH_HEADER_LENGTH,
  AH_ICV,
  ahHeaderLength,
  ahNextHeader,
  ahReserved,
  ahSequenceNumber,
  ahSpi,
  checkAh,
  emitAhHeader,
} from './ah.ts';

const AT = 2;

/** An AH with the 96-bit ICV of HMAC-SHA1-96: 24 octets. */
function emitted(): Uint8Array {
  const octets = new Uint8Array(AT + 24 + 2).fill(0xa5);
  emitAhHeader(50, 24, 0x200, 0xfffffffe, octets, AT);
  return octets;
}

test('emitAhHeader() writes 12 octets and no others', () => {
  expect(emitted()).toEqual(fromHex(`a5a53204000000000200fffffffe${'a5'.repeat(14)}`));
  expect(AH_ICV).toBe(AH_HEADER_LENGTH);
});

test('the accessors read what emitAhHeader() writes', () => {
  const octets = emitted();
  expect(checkAh(octets, AT, 24)).toBeNull();
  expect(ahNextHeader(octets, AT)).toBe(50);
  expect(ahHeaderLength(octets, AT)).toBe(24);
  expect(ahReserved(octets, AT)).toBe(0);
  expect(ahSpi(octets, AT)).toBe(0x200);
  expect(ahSequenceNumber(octets, AT)).toBe(0xfffffffe);
});

test('checkAh() rejects every shorter prefix', () => {
  const octets = emitted();
  for (let length = 0; length < 24; length++) {
    expect(checkAh(octets, AT, length), `${length} octets`).not.toBeNull();
  }
});

describe('checkAh() rejects', () => {
  for (const [name, at, value, why] of [
    ['payload length 0', 1, 0, /payload length is less than 1/],
    ['payload length past the end', 1, 5, /needs 28 octets, got 24/],
    ['SPI zero', 6, 0, /SPI is zero/],
  ] as const) {
    test(name, () => {
      const octets = emitted();
      octets[AT + at] = value;
      expect(String(checkAh(octets, AT, 24))).toMatch(why);
    });
  }
});

test('what checkAh() passes fits, whatever the octets', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (octets) => {
      if (checkAh(octets, 0, octets.length) !== null) return;
      expect(ahHeaderLength(octets, 0)).toBeLessThanOrEqual(octets.length);
    }),
  );
});
