import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex } from '../octets/hex.ts';
import {
  checkIpv4,
  emitIpv4Header,
  IPV4_DESTINATION,
  IPV4_HEADER_LENGTH,
  IPV4_SOURCE,
  type Ipv4Header,
  ipv4ChecksumHolds,
  ipv4DontFragment,
  ipv4FragmentOffset,
  ipv4HeaderLength,
  ipv4Identification,
  ipv4IsFragment,
  ipv4MoreFragments,
  ipv4Protocol,
  ipv4TotalLength,
  ipv4Ttl,
  ipv4TypeOfService,
  setIpv4Fragment,
  setIpv4Identification,
  setIpv4Protocol,
  setIpv4TotalLength,
  setIpv4Ttl,
  setIpv4TypeOfService,
  updateIpv4Checksum,
} from './ipv4.ts';

const HEADER: Ipv4Header = {
  typeOfService: 0xb8,
  totalLength: 24,
  identification: 0xbeef,
  dontFragment: true,
  ttl: 64,
  protocol: 50,
  source: { version: 4, octets: Uint8Array.of(10, 9, 0, 1) },
  destination: { version: 4, octets: Uint8Array.of(10, 9, 0, 2) },
};
/** The header as it should look: its checksum was summed by hand. */
const OCTETS = fromHex('45b80018beef4000403266f80a0900010a090002');
/** In the midst of other octets, as in the data path. */
const AT = 7;

function emitted(): Uint8Array {
  const octets = new Uint8Array(AT + 24 + 5).fill(0xa5);
  emitIpv4Header(HEADER, octets, AT);
  return octets;
}

test('emitIpv4Header() writes 20 octets and no others', () => {
  const octets = emitted();
  expect(octets.slice(AT, AT + IPV4_HEADER_LENGTH)).toEqual(OCTETS);
  expect(octets.subarray(0, AT).every((octet) => octet === 0xa5)).toBe(true);
  expect(octets.subarray(AT + IPV4_HEADER_LENGTH).every((octet) => octet === 0xa5)).toBe(true);
});

test('the accessors read what emitIpv4Header() writes', () => {
  const octets = emitted();
  expect(checkIpv4(octets, AT, 24)).toBeNull();
  expect(ipv4HeaderLength(octets, AT)).toBe(20);
  expect(ipv4TotalLength(octets, AT)).toBe(24);
  expect(ipv4Protocol(octets, AT)).toBe(50);
  expect(ipv4Ttl(octets, AT)).toBe(64);
  expect(ipv4TypeOfService(octets, AT)).toBe(0xb8);
  expect(ipv4Identification(octets, AT)).toBe(0xbeef);
  expect(ipv4DontFragment(octets, AT)).toBe(true);
  expect(ipv4MoreFragments(octets, AT)).toBe(false);
  expect(ipv4FragmentOffset(octets, AT)).toBe(0);
  expect(ipv4IsFragment(octets, AT)).toBe(false);
  expect(ipv4ChecksumHolds(octets, AT)).toBe(true);
  expect(octets.slice(AT + IPV4_SOURCE, AT + IPV4_SOURCE + 4)).toEqual(HEADER.source.octets);
  expect(octets[AT + IPV4_DESTINATION + 3]).toBe(2);
});

test('checkIpv4() rejects every shorter prefix and takes link-layer padding', () => {
  const octets = emitted();
  for (let length = 0; length < 24; length++) {
    expect(checkIpv4(octets, AT, length), `${length} octets`).not.toBeNull();
  }
  expect(checkIpv4(octets, AT, 29)).toBeNull();
});

describe('checkIpv4() names the broken field', () => {
  for (const [name, at, value, why] of [
    ['version', 0, 0x65, /version is not 4/],
    ['IHL below 5', 0, 0x44, /IHL is less than 5/],
    ['IHL past the end', 0, 0x47, /needs 28 octets, got 24/],
    ['total length below IHL', 3, 19, /total length is less than the header/],
    ['total length past the end', 3, 25, /needs 25 octets, got 24/],
  ] as const) {
    test(name, () => {
      const octets = emitted();
      octets[AT + at] = value;
      expect(String(checkIpv4(octets, AT, 24))).toMatch(why);
    });
  }
});

test('failures without numbers are one shared value', () => {
  const octets = new Uint8Array(20);
  expect(checkIpv4(octets, 0, 20)).toBe(checkIpv4(octets, 0, 20));
});

test('each setter changes its own field', () => {
  const octets = emitted();
  setIpv4TotalLength(octets, AT, 1500);
  setIpv4Protocol(octets, AT, 51);
  setIpv4Identification(octets, AT, 0x0102);
  setIpv4Ttl(octets, AT, 63);
  setIpv4TypeOfService(octets, AT, 3);
  setIpv4Fragment(octets, AT, false, true, 1480);
  expect(ipv4ChecksumHolds(octets, AT)).toBe(false);
  updateIpv4Checksum(octets, AT);
  expect(ipv4ChecksumHolds(octets, AT)).toBe(true);
  expect(ipv4TotalLength(octets, AT)).toBe(1500);
  expect(ipv4Protocol(octets, AT)).toBe(51);
  expect(ipv4Identification(octets, AT)).toBe(0x0102);
  expect(ipv4Ttl(octets, AT)).toBe(63);
  expect(ipv4TypeOfService(octets, AT)).toBe(3);
  expect(ipv4DontFragment(octets, AT)).toBe(false);
  expect(ipv4MoreFragments(octets, AT)).toBe(true);
  expect(ipv4FragmentOffset(octets, AT)).toBe(1480);
  expect(octets[AT + IPV4_HEADER_LENGTH]).toBe(0xa5);
});

test('a last fragment is a fragment, and the greatest offset survives', () => {
  const octets = emitted();
  setIpv4Fragment(octets, AT, false, false, 65528);
  expect(ipv4FragmentOffset(octets, AT)).toBe(65528);
  expect(ipv4IsFragment(octets, AT)).toBe(true);
});

test('what checkIpv4() passes has lengths that fit, whatever the octets', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => {
      if (octets.length > 0) octets[0] = 0x40 | ((octets[0] ?? 0) & 0x0f);
      if (octets.length > 2) octets[2] = 0;
      if (checkIpv4(octets, 0, octets.length) !== null) return;
      expect(ipv4HeaderLength(octets, 0)).toBeGreaterThanOrEqual(20);
      expect(ipv4TotalLength(octets, 0)).toBeGreaterThanOrEqual(ipv4HeaderLength(octets, 0));
      expect(ipv4TotalLength(octets, 0)).toBeLessThanOrEqual(octets.length);
    }),
  );
});
