import { createDecipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex } from '../octets/hex.ts';
import {
  checkEsp,
  checkEspTrailer,
  ESP_HEADER_LENGTH,
  emitEspHeader,
  emitEspTrailer,
  espNextHeader,
  espPaddingIsMonotonic,
  espPadLength,
  espSequenceNumber,
  espSpi,
} from './esp.ts';

/** RFC 3602 §4, case 5: a transport-mode ESP packet carrying an ICMP echo request. */
const CASE_5 = fromHex(
  '0000432100000001e96e8c08ab465763fd098d45dd3ff893f663c25d325c18c6a9453e194e120849' +
    'a4870b66cc6b9965330013b4898dc856a4699e523a55db080b59ec3a8e4b7e52775b07d1db34ed9c' +
    '538ab50c551b874aa269add047ad2d5913ac19b7cfbad4a6',
) as Uint8Array;
const CASE_5_KEY = fromHex('90d382b410eeba7ad938c46cec1a82bf') as Uint8Array;

test('RFC 3602 case 5 opens to 64 octets of ICMP', () => {
  expect(checkEsp(CASE_5, 0, CASE_5.length)).toBeNull();
  expect(espSpi(CASE_5, 0)).toBe(0x4321);
  expect(espSequenceNumber(CASE_5, 0)).toBe(1);
  const cipher = createDecipheriv('aes-128-cbc', CASE_5_KEY, CASE_5.subarray(8, 24));
  cipher.setAutoPadding(false);
  const plaintext = Buffer.concat([cipher.update(CASE_5.subarray(24)), cipher.final()]);
  expect(checkEspTrailer(plaintext, 0, plaintext.length)).toBeNull();
  expect(plaintext.length - 2 - espPadLength(plaintext, plaintext.length)).toBe(64);
  expect(espNextHeader(plaintext, plaintext.length)).toBe(1);
  expect(espPaddingIsMonotonic(plaintext, plaintext.length)).toBe(true);
});

test('emitEspHeader() writes 8 octets and no others', () => {
  const octets = new Uint8Array(12).fill(0xa5);
  emitEspHeader(0xfffffffe, 0x80000001, octets, 2);
  expect(octets).toEqual(fromHex('a5a5fffffffe80000001a5a5'));
  expect(checkEsp(octets, 2, ESP_HEADER_LENGTH)).toBeNull();
  expect(espSpi(octets, 2)).toBe(0xfffffffe);
  expect(espSequenceNumber(octets, 2)).toBe(0x80000001);
});

test('checkEsp() rejects every shorter prefix', () => {
  for (let length = 0; length < ESP_HEADER_LENGTH; length++) {
    expect(checkEsp(CASE_5, 0, length), `${length} octets`).not.toBeNull();
  }
});

test('checkEsp() rejects SPI zero, with one shared value', () => {
  const octets = new Uint8Array(8);
  expect(String(checkEsp(octets, 0, 8))).toMatch(/SPI is zero/);
  expect(checkEsp(octets, 0, 8)).toBe(checkEsp(octets, 0, 8));
});

describe('the trailer round-trips', () => {
  for (const [name, payloadEnd, plaintext, nextHeader] of [
    ['no padding', 1, [0xa5, 0, 4], 4],
    ['two octets of padding', 1, [0xa5, 1, 2, 2, 6], 6],
    ['empty payload', 0, [0, 59], 59],
  ] as const) {
    test(name, () => {
      const octets = new Uint8Array(plaintext.length + 3).fill(0xa5);
      emitEspTrailer(octets, payloadEnd, plaintext.length, nextHeader);
      expect(Array.from(octets)).toEqual([...plaintext, 0xa5, 0xa5, 0xa5]);
      expect(checkEspTrailer(octets, 0, plaintext.length)).toBeNull();
      expect(espPadLength(octets, plaintext.length)).toBe(plaintext.length - 2 - payloadEnd);
      expect(espNextHeader(octets, plaintext.length)).toBe(nextHeader);
      expect(espPaddingIsMonotonic(octets, plaintext.length)).toBe(true);
    });
  }
  test('255 octets of padding', () => {
    const octets = new Uint8Array(257);
    emitEspTrailer(octets, 0, 257, 4);
    expect(espPadLength(octets, 257)).toBe(255);
    expect(espPaddingIsMonotonic(octets, 257)).toBe(true);
  });
});

describe('checkEspTrailer() rejects', () => {
  for (const [name, plaintext] of [
    ['nothing', []],
    ['one octet', [4]],
    ['pad length past the start', [1, 2, 3, 4]],
  ] as const) {
    test(name, () => {
      expect(checkEspTrailer(Uint8Array.from(plaintext), 0, plaintext.length)).not.toBeNull();
    });
  }
});

describe('espPaddingIsMonotonic() sees', () => {
  for (const [name, padding, expected] of [
    ['zeros', [0, 0, 0], false],
    ['a wrong last octet', [1, 2, 4], false],
    ['a wrong first octet', [2, 2, 3], false],
    ['what §2.4 wants', [1, 2, 3], true],
    ['none', [], true],
  ] as const) {
    test(name, () => {
      const plaintext = Uint8Array.of(0xaa, ...padding, padding.length, 4);
      expect(espPaddingIsMonotonic(plaintext, plaintext.length)).toBe(expected);
    });
  }
});

test('no octets make a check or an accessor throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
      checkEsp(octets, 0, octets.length);
      if (checkEspTrailer(octets, 0, octets.length) !== null) return;
      expect(espPadLength(octets, octets.length)).toBeLessThanOrEqual(octets.length - 2);
      espPaddingIsMonotonic(octets, octets.length);
    }),
  );
});
