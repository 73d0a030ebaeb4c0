import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emitIpv4Header } from './ipv4.ts';
import { zeroMutableIpv4 } from './ipv4-mutable.ts';

const AT = 3;

/** A header with these options, padded to whole words with zeros. */
function withOptions(...options: number[]): Uint8Array {
  const length = 20 + Math.ceil(options.length / 4) * 4;
  const octets = new Uint8Array(AT + length + 4).fill(0xa5);
  emitIpv4Header(
    {
      typeOfService: 0xff,
      totalLength: length,
      identification: 0x1234,
      dontFragment: true,
      ttl: 64,
      protocol: 51,
      source: { version: 4, octets: Uint8Array.of(10, 9, 0, 1) },
      destination: { version: 4, octets: Uint8Array.of(10, 9, 0, 2) },
    },
    octets,
    AT,
  );
  octets.fill(0, AT + 20, AT + length);
  octets[AT] = 0x40 | (length / 4);
  octets.set(options, AT + 20);
  return octets;
}

/** The options after zeroing; `false` when malformed. */
function zeroed(...options: number[]): number[] | false {
  const octets = withOptions(...options);
  if (!zeroMutableIpv4(octets, AT)) return false;
  return Array.from(octets.subarray(AT + 20, AT + 20 + options.length));
}

test('zeroMutableIpv4() zeroes service, flags, offset, TTL and checksum, and nothing else', () => {
  const octets = withOptions();
  const before = octets.slice();
  expect(zeroMutableIpv4(octets, AT)).toBe(true);
  for (let at = 0; at < octets.length; at++) {
    const mutable = [1, 6, 7, 8, 10, 11].includes(at - AT);
    expect(octets[at], `octet ${at - AT}`).toBe(mutable ? 0 : before[at]);
  }
});

describe('options of RFC 4302 Appendix A1', () => {
  for (const [name, option] of [
    ['No Operation', [1, 1, 1, 1]],
    ['Security', [130, 4, 7, 7]],
    ['Extended Security', [133, 4, 7, 7]],
    ['Commercial Security', [134, 6, 7, 7, 7, 7]],
    ['Router Alert', [148, 4, 0, 0]],
    ['Sender Directed Multi-Destination Delivery', [149, 6, 10, 0, 0, 1]],
  ] as const) {
    test(`${name} stays`, () => expect(zeroed(...option)).toEqual(option));
  }
  for (const [name, option] of [
    ['Loose Source Route', [131, 7, 4, 10, 0, 0, 1]],
    ['Strict Source Route', [137, 7, 4, 10, 0, 0, 1]],
    ['Record Route', [7, 7, 4, 10, 0, 0, 1]],
    ['Timestamp', [68, 8, 5, 0, 1, 2, 3, 4]],
    ['Traceroute', [82, 4, 7, 7]],
    ['Stream Identifier', [136, 4, 7, 7]],
    ['an unknown option', [30, 3, 7]],
  ] as const) {
    test(`${name} is zeroed as a whole`, () =>
      expect(zeroed(...option)).toEqual(option.map(() => 0)));
  }
  test('each option by itself', () =>
    expect(zeroed(1, 148, 4, 0, 0, 7, 3, 4, 1)).toEqual([1, 148, 4, 0, 0, 0, 0, 0, 1]));
  test('padding after the end of the list stays', () =>
    expect(zeroed(0, 7, 7, 7)).toEqual([0, 7, 7, 7]));
});

describe('malformed options end the walk', () => {
  for (const [name, options] of [
    ['length 0', [7, 0, 1, 1]],
    ['length 1', [148, 1, 1, 1]],
    ['length past the header', [7, 5, 1, 1]],
    ['no room for a length', [1, 1, 1, 7]],
  ] as const) {
    test(name, () => expect(zeroed(...options)).toBe(false));
  }
});

test('any options end the walk without touching what follows the header', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(255), { maxLength: 40 }), (options) => {
      const octets = withOptions(...options);
      zeroMutableIpv4(octets, AT);
      expect(Array.from(octets.subarray(-4))).toEqual([0xa5, 0xa5, 0xa5, 0xa5]);
    }),
  );
});
