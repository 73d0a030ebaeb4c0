import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHex } from '../octets/hex.ts';
import {
  checkIcmp,
  emitEcho,
  emitFragmentationNeeded,
  emitIcmpError,
  ICMP_HEADER_LENGTH,
  ICMP_QUOTE_LENGTH,
  ICMP_TIME_EXCEEDED,
  ICMP_TYPE,
  ICMP_UNREACHABLE,
  icmpChecksumHolds,
  icmpCode,
  icmpIdentifier,
  icmpIsError,
  icmpNextHopMtu,
  icmpSecondWord,
  icmpSequence,
  icmpType,
} from './icmp.ts';

const AT = 4;

test('emitEcho() writes header, payload and checksum, and no more', () => {
  const octets = new Uint8Array(AT + 11 + 2).fill(0xa5);
  const length = emitEcho(8, 0x1234, 1, Uint8Array.of(1, 2, 3), octets, AT);
  expect(length).toBe(11);
  expect(octets).toEqual(fromHex('a5a5a5a50800e1c812340001010203a5a5'));
  expect(checkIcmp(octets, AT, length)).toBeNull();
  expect(icmpType(octets, AT)).toBe(ICMP_TYPE.ECHO_REQUEST);
  expect(icmpCode(octets, AT)).toBe(0);
  expect(icmpIdentifier(octets, AT)).toBe(0x1234);
  expect(icmpSequence(octets, AT)).toBe(1);
  expect(icmpChecksumHolds(octets, AT, length)).toBe(true);
  octets[AT + 9] = 0;
  expect(icmpChecksumHolds(octets, AT, length)).toBe(false);
});

test('checkIcmp() rejects every shorter prefix', () => {
  const octets = new Uint8Array(8);
  for (let length = 0; length < ICMP_HEADER_LENGTH; length++) {
    expect(checkIcmp(octets, 0, length), `${length} octets`).not.toBeNull();
  }
});

test('emitFragmentationNeeded() quotes a short packet whole', () => {
  const original = Uint8Array.from({ length: 40 }, (_, k) => k);
  const octets = new Uint8Array(100).fill(0xa5);
  const length = emitFragmentationNeeded(1400, original, 10, 28, octets, AT);
  expect(length).toBe(36);
  expect(icmpType(octets, AT)).toBe(ICMP_TYPE.DESTINATION_UNREACHABLE);
  expect(icmpCode(octets, AT)).toBe(ICMP_UNREACHABLE.FRAGMENTATION_NEEDED);
  expect(icmpNextHopMtu(octets, AT)).toBe(1400);
  expect(icmpSecondWord(octets, AT)).toBe(1400);
  expect(icmpChecksumHolds(octets, AT, length)).toBe(true);
  expect(octets.slice(AT + 8, AT + 36)).toEqual(original.slice(10, 38));
  expect(octets[AT + 36]).toBe(0xa5);
});

test('emitFragmentationNeeded() quotes a long packet up to 576 octets in all', () => {
  const octets = new Uint8Array(3000).fill(7);
  const length = emitFragmentationNeeded(1400, octets, 0, 1500, octets, 1500);
  expect(length).toBe(ICMP_HEADER_LENGTH + ICMP_QUOTE_LENGTH);
  expect(20 + length).toBe(576);
});

test('emitFragmentationNeeded() may write over the packet it quotes', () => {
  const octets = Uint8Array.from({ length: 64 }, (_, k) => k);
  emitFragmentationNeeded(1400, octets, 20, 28, octets, 16);
  expect(octets.slice(24, 52)).toEqual(Uint8Array.from({ length: 28 }, (_, k) => k + 20));
});

test('emitIcmpError() writes the other errors', () => {
  const octets = new Uint8Array(36).fill(0xa5);
  const { TIME_EXCEEDED } = ICMP_TYPE;
  const quoted = new Uint8Array(28);
  const length = emitIcmpError(
    TIME_EXCEEDED,
    ICMP_TIME_EXCEEDED.IN_TRANSIT,
    0,
    quoted,
    0,
    28,
    octets,
    0,
  );
  expect(octets).toEqual(fromHex(`0b00f4ff${'00'.repeat(32)}`));
  expect(length).toBe(36);
});

test('icmpIsError() tells errors from queries', () => {
  expect([3, 4, 5, 11, 12].every(icmpIsError)).toBe(true);
  expect([0, 8, 9, 10, 13, 14, 255].some(icmpIsError)).toBe(false);
});

test('an echo round-trips with any payload', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), fc.nat(0xffff), (payload, word) => {
      const octets = new Uint8Array(ICMP_HEADER_LENGTH + payload.length).fill(0xa5);
      expect(emitEcho(0, word, word ^ 0xffff, payload, octets, 0)).toBe(octets.length);
      expect(icmpIdentifier(octets, 0)).toBe(word);
      expect(icmpSequence(octets, 0)).toBe(word ^ 0xffff);
      expect(icmpChecksumHolds(octets, 0, octets.length)).toBe(true);
      expect(octets.slice(ICMP_HEADER_LENGTH)).toEqual(payload);
    }),
  );
});
