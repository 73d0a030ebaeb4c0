import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { IpAddress } from '../net/ip-address.ts';
import { checksumOf, sumOctets } from '../octets/checksum.ts';
import { fromHex } from '../octets/hex.ts';
import { pseudoHeaderSum } from './pseudo-header.ts';
import {
  checkUdp,
  emitUdp,
  UDP_HEADER_LENGTH,
  udpChecksum,
  udpDestinationPort,
  udpLength,
  udpSourcePort,
} from './udp.ts';

const A: IpAddress = { version: 4, octets: Uint8Array.of(10, 9, 0, 1) };
const B: IpAddress = { version: 4, octets: Uint8Array.of(10, 9, 0, 2) };
const A6: IpAddress = { version: 6, octets: Uint8Array.from({ length: 16 }, (_, k) => k) };
const AT = 3;

function emitted(): Uint8Array {
  const octets = new Uint8Array(AT + 13 + 2).fill(0xa5);
  expect(emitUdp(40000, 500, Uint8Array.of(104, 101, 108, 108, 111), A, B, octets, AT)).toBe(13);
  return octets;
}

test('emitUdp() writes header, payload and checksum, and no more', () => {
  expect(emitted()).toEqual(fromHex('a5a5a59c4001f4000d09b968656c6c6fa5a5'));
});

test('the accessors read what emitUdp() writes', () => {
  const octets = emitted();
  expect(checkUdp(octets, AT, 13)).toBeNull();
  expect(udpSourcePort(octets, AT)).toBe(40000);
  expect(udpDestinationPort(octets, AT)).toBe(500);
  expect(udpLength(octets, AT)).toBe(13);
});

test('checkUdp() rejects every shorter prefix, and a length below the header', () => {
  const octets = emitted();
  for (let length = 0; length < 13; length++) {
    expect(checkUdp(octets, AT, length), `${length} octets`).not.toBeNull();
  }
  octets[AT + 5] = 7;
  expect(String(checkUdp(octets, AT, 13))).toMatch(/length is less than the header/);
});

test('the checksum holds with any payload and either family, and is never sent as zero', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(A, A6), (payload, address) => {
      const octets = new Uint8Array(UDP_HEADER_LENGTH + payload.length).fill(0xa5);
      const length = emitUdp(1, 2, payload, address, address, octets, 0);
      const pseudo = pseudoHeaderSum(address, address, 17, length);
      expect(udpChecksum(octets, 0)).not.toBe(0);
      expect(checksumOf(sumOctets(octets, 0, length, pseudo))).toBe(0);
    }),
  );
});

test('a sum that comes to zero is sent as ffff', () => {
  const octets = new Uint8Array(10);
  emitUdp(1, 2, Uint8Array.of(0, 0), A, B, octets, 0);
  const checksum = udpChecksum(octets, 0);
  emitUdp(1, 2, Uint8Array.of(checksum >>> 8, checksum), A, B, octets, 0);
  expect(udpChecksum(octets, 0)).toBe(0xffff);
});

test('what checkUdp() passes fits, whatever the octets', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
      if (octets.length > 4) octets[4] = 0;
      if (checkUdp(octets, 0, octets.length) !== null) return;
      expect(udpLength(octets, 0)).toBeLessThanOrEqual(octets.length);
    }),
  );
});
