import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countedOctets, ipv6Packet } from '../../test/support/packets.ts';
import { IPV6_EXTENSION } from './ipv6.ts';
import { zeroMutableIpv6 } from './ipv6-mutable.ts';

const AT = 3;
const AH = 51;
const { HOP_BY_HOP_OPTIONS, ROUTING, DESTINATION_OPTIONS } = IPV6_EXTENSION;

type Extension = readonly [type: number, contents: Uint8Array];

/** Headers in front of AH among other octets, and how many there are. */
function headers(...extensions: Extension[]): { octets: Uint8Array; length: number } {
  const packet = ipv6Packet({ extensions, protocol: AH, trafficClass: 0xff });
  packet.set([0x6f, 0xff, 0xff, 0xff]);
  const octets = new Uint8Array(AT + packet.length + 4).fill(0xa5);
  octets.set(packet, AT);
  return { octets, length: packet.length };
}

/** What is left of one extension's contents; `false` when it is malformed. */
function zeroed(type: number, ...contents: number[]): number[] | false {
  const { octets, length } = headers([type, Uint8Array.from(contents)]);
  if (!zeroMutableIpv6(octets, AT, length)) return false;
  return Array.from(octets.subarray(AT + 42, AT + length));
}

test('zeroMutableIpv6() zeroes class, flow label and hop limit, and nothing else', () => {
  const { octets, length } = headers();
  const before = octets.slice();
  expect(zeroMutableIpv6(octets, AT, length)).toBe(true);
  before.set([0x60, 0, 0, 0], AT);
  before[AT + 7] = 0;
  expect(octets).toEqual(before);
});

describe.each([
  ['hop-by-hop', HOP_BY_HOP_OPTIONS],
  ['destination', DESTINATION_OPTIONS],
])('of %s options', (_, type) => {
  test('those that may change lose their data, and keep type and length', () => {
    expect(zeroed(type, 0x3e, 4, 9, 9, 9, 9)).toEqual([0x3e, 4, 0, 0, 0, 0]);
  });

  test('those that may not stay', () => {
    expect(zeroed(type, 0x05, 2, 0, 0, 1, 0)).toEqual([0x05, 2, 0, 0, 1, 0]);
    expect(zeroed(type, 0xc2, 4, 9, 9, 9, 9)).toEqual([0xc2, 4, 9, 9, 9, 9]);
  });

  test('each is looked at by itself, padding too', () => {
    const before = [0, 0x1e, 1, 7, 0x3e, 1, 7, 0, 1, 2, 8, 8, 0, 0];
    const after = [0, 0x1e, 1, 7, 0x3e, 1, 0, 0, 1, 2, 8, 8, 0, 0];
    expect(zeroed(type, ...before)).toEqual(after);
  });

  test('one that does not fit makes all of it malformed', () => {
    expect(zeroed(type, 0x3e, 5, 9, 9, 9, 9)).toBe(false);
    expect(zeroed(type, 1, 3, 0, 0, 0, 0x3e)).toBe(false);
  });
});

test('a routing header stays as its last stop finds it, and cannot be told before', () => {
  const route = (left: number) => [2, left, 0, 0, 0, 0, ...countedOctets(16)];
  expect(zeroed(ROUTING, ...route(0))).toEqual(route(0));
  expect(zeroed(ROUTING, ...route(1))).toBe(false);
});

test('several extensions are zeroed one after the other', () => {
  const mutable = Uint8Array.of(0x3e, 4, 9, 9, 9, 9);
  const { octets, length } = headers(
    [HOP_BY_HOP_OPTIONS, mutable],
    [ROUTING, Uint8Array.of(2, 0, 7, 7, 7, 7)],
    [DESTINATION_OPTIONS, mutable],
  );
  expect(zeroMutableIpv6(octets, AT, length)).toBe(true);
  expect(Array.from(octets.subarray(AT + 40, AT + 64))).toEqual([
    ...[ROUTING, 0, 0x3e, 4, 0, 0, 0, 0],
    ...[DESTINATION_OPTIONS, 0, 2, 0, 7, 7, 7, 7],
    ...[AH, 0, 0x3e, 4, 0, 0, 0, 0],
  ]);
});

test('an extension that does not fit is malformed', () => {
  const { octets, length } = headers([HOP_BY_HOP_OPTIONS, new Uint8Array(6)]);
  octets[AT + 41] = 1;
  expect(zeroMutableIpv6(octets, AT, length)).toBe(false);
  expect(zeroMutableIpv6(octets, AT, length - 1)).toBe(false);
});

test('any octets end the walk without touching what follows', () => {
  const types = fc.constantFrom(HOP_BY_HOP_OPTIONS, ROUTING, DESTINATION_OPTIONS, 44);
  fc.assert(
    fc.property(types, fc.uint8Array({ maxLength: 64 }), (type, contents) => {
      const { octets, length } = headers();
      const behind = Uint8Array.of(...octets.subarray(0, AT + length), ...contents, 1, 2, 3, 4);
      behind[AT + 6] = type;
      zeroMutableIpv6(behind, AT, length + contents.length);
      expect(Array.from(behind.subarray(-4))).toEqual([1, 2, 3, 4]);
    }),
  );
});
