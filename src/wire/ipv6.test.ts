import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  checkIpv6,
  checkIpv6Extension,
  checkIpv6Fragment,
  emitIpv6Header,
  IPV6_DESTINATION,
  IPV6_HEADER_LENGTH,
  IPV6_SOURCE,
  ipv6ExtensionLength,
  ipv6ExtensionNextHeader,
  ipv6FlowLabel,
  ipv6FragmentIdentification,
  ipv6FragmentOffset,
  ipv6HopLimit,
  ipv6MoreFragments,
  ipv6NextHeader,
  ipv6PayloadLength,
  ipv6TrafficClass,
} from './ipv6.ts';

const AT = 2;

function emitted(): Uint8Array {
  const octets = new Uint8Array(AT + 44).fill(0xa5);
  emitIpv6Header(
    {
      trafficClass: 0xb8,
      flowLabel: 0xabcde,
      payloadLength: 4,
      nextHeader: 50,
      hopLimit: 64,
      source: { version: 6, octets: Uint8Array.from({ length: 16 }, (_, k) => k) },
      destination: { version: 6, octets: Uint8Array.from({ length: 16 }, (_, k) => k + 16) },
    },
    octets,
    AT,
  );
  return octets;
}

test('the accessors read what emitIpv6Header() writes', () => {
  const octets = emitted();
  expect(checkIpv6(octets, AT, 44)).toBeNull();
  expect(ipv6TrafficClass(octets, AT)).toBe(0xb8);
  expect(ipv6FlowLabel(octets, AT)).toBe(0xabcde);
  expect(ipv6PayloadLength(octets, AT)).toBe(4);
  expect(ipv6NextHeader(octets, AT)).toBe(50);
  expect(ipv6HopLimit(octets, AT)).toBe(64);
  expect(octets[AT + IPV6_SOURCE]).toBe(0);
  expect(octets[AT + IPV6_DESTINATION]).toBe(16);
  expect(octets[AT - 1]).toBe(0xa5);
  expect(octets[AT + IPV6_HEADER_LENGTH]).toBe(0xa5);
});

test('checkIpv6() rejects every shorter prefix and other versions', () => {
  const octets = emitted();
  for (let length = 0; length < 44; length++) {
    expect(checkIpv6(octets, AT, length), `${length} octets`).not.toBeNull();
  }
  octets[AT] = 0x45;
  expect(String(checkIpv6(octets, AT, 44))).toMatch(/version is not 6/);
});

test('checkIpv6Extension() rejects every shorter prefix', () => {
  const octets = new Uint8Array(16);
  octets.set([6, 1]);
  for (let length = 0; length < 16; length++) {
    expect(checkIpv6Extension(octets, 0, length), `${length} octets`).not.toBeNull();
  }
  expect(checkIpv6Extension(octets, 0, 16)).toBeNull();
  expect(ipv6ExtensionLength(octets, 0)).toBe(16);
  expect(ipv6ExtensionNextHeader(octets, 0)).toBe(6);
});

test('the Fragment header reads', () => {
  const octets = Uint8Array.of(50, 0, 0x05, 0xa9, 0xde, 0xad, 0xbe, 0xef);
  for (let length = 0; length < 8; length++) {
    expect(checkIpv6Fragment(octets, 0, length), `${length} octets`).not.toBeNull();
  }
  expect(checkIpv6Fragment(octets, 0, 8)).toBeNull();
  expect(ipv6FragmentOffset(octets, 0)).toBe(1448);
  expect(ipv6MoreFragments(octets, 0)).toBe(true);
  expect(ipv6FragmentIdentification(octets, 0)).toBe(0xdeadbeef);
});

test('what the checks pass fits, whatever the octets', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (octets) => {
      checkIpv6(octets, 0, octets.length);
      if (checkIpv6Extension(octets, 0, octets.length) !== null) return;
      expect(ipv6ExtensionLength(octets, 0)).toBeLessThanOrEqual(octets.length);
    }),
  );
});
