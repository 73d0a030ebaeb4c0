import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checksumOf, sumOctets } from './checksum.ts';
import { fromHex, toHex } from './hex.ts';
import {
  hostU16,
  hostU32,
  hostU64,
  LITTLE_ENDIAN,
  setHostU16,
  setHostU32,
  setHostU64,
} from './host.ts';
import { Malformed } from './malformed.ts';
import { equalInConstantTime, sameOctets, setU8, setU16, setU32, u8, u16, u32 } from './octets.ts';
import { Reader } from './reader.ts';

describe('network order', () => {
  test('integers are written high octet first and nothing else is touched', () => {
    const octets = new Uint8Array(9).fill(0xa5);
    setU8(octets, 1, 0x1fe);
    setU16(octets, 2, 0x1_8001);
    setU32(octets, 4, 0xfedcba98);
    expect(toHex(octets)).toBe('a5fe8001fedcba98a5');
  });

  test('what is written is read back, unsigned', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(5), (value, at) => {
        const octets = new Uint8Array(10);
        setU32(octets, at, value);
        expect(u32(octets, at)).toBe(value);
        setU16(octets, at, value & 0xffff);
        expect(u16(octets, at)).toBe(value & 0xffff);
        setU8(octets, at, value & 0xff);
        expect(u8(octets, at)).toBe(value & 0xff);
      }),
    );
  });
});

describe('host order', () => {
  test('is what the machine itself uses', () => {
    const octets = new Uint8Array(8);
    const view = new DataView(octets.buffer);
    setHostU16(octets, 0, 0x1234);
    setHostU32(octets, 2, 0xfedcba98);
    expect(view.getUint16(0, LITTLE_ENDIAN)).toBe(0x1234);
    expect(view.getUint32(2, LITTLE_ENDIAN)).toBe(0xfedcba98);
    expect(hostU16(octets, 0)).toBe(0x1234);
    expect(hostU32(octets, 2)).toBe(0xfedcba98);
  });

  test.each([0, 1, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER])(
    'setHostU64() writes %d, and hostU64() reads it',
    (value) => {
      const octets = new Uint8Array(10).fill(0xa5);
      setHostU64(octets, 1, value);
      const read = new DataView(octets.buffer).getBigUint64(1, LITTLE_ENDIAN);
      expect(read).toBe(BigInt(value));
      expect(hostU64(octets, 1)).toBe(value);
      expect([octets[0], octets[9]]).toEqual([0xa5, 0xa5]);
    },
  );
});

describe('hexadecimal', () => {
  test('round-trips, in lower case', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (octets) => {
        expect(fromHex(toHex(octets))).toEqual(octets);
        expect(fromHex(toHex(octets).toUpperCase())).toEqual(octets);
      }),
    );
  });

  test('an odd number of digits gets a leading zero', () => {
    expect(fromHex('123')).toEqual(Uint8Array.of(0x01, 0x23));
  });

  test.each(['0x12', '1g', ' 12', '12\n', '-1', '１'])('rejects %j', (text) => {
    expect(fromHex(text)).toBeUndefined();
  });
});

describe('the Internet checksum', () => {
  test('of the example in RFC 1071 §3', () => {
    const octets = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
    expect(checksumOf(sumOctets(octets, 0, 8))).toBe(~0xddf2 & 0xffff);
  });

  test('counts an odd last octet as the high half of a word', () => {
    expect(sumOctets(Uint8Array.of(0x12, 0x34, 0x56), 0, 3)).toBe(0x1234 + 0x5600);
  });

  test('carries more than once where need be', () => {
    expect(checksumOf(0xffff_ffff)).toBe(0);
    expect(checksumOf(0x1_ffff)).toBe(0xfffe);
    expect(checksumOf(2 ** 52)).toBe(~(2 ** 4) & 0xffff);
  });

  test('over octets that hold their own checksum is zero, wherever they stand', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2 }), fc.nat(7), (octets, at) => {
        const placed = new Uint8Array(octets.length + at + 3).fill(0xa5);
        placed.set(octets, at);
        setU16(placed, at, 0);
        setU16(placed, at, checksumOf(sumOctets(placed, at, octets.length)));
        expect(checksumOf(sumOctets(placed, at, octets.length))).toBe(0);
      }),
    );
  });

  test('may be summed in parts, at even lengths', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(50), (octets, half) => {
        const cut = Math.min(half * 2, octets.length & ~1);
        const first = sumOctets(octets, 0, cut);
        expect(sumOctets(octets, cut, octets.length - cut, first)).toBe(
          sumOctets(octets, 0, octets.length),
        );
      }),
    );
  });
});

describe('comparing', () => {
  test('in constant time finds every single difference', () => {
    const octets = new Uint8Array(40).fill(0x5a);
    expect(equalInConstantTime(octets, 0, 20, 20)).toBe(true);
    for (let bit = 0; bit < 160; bit++) {
      octets[bit >> 3] = 0x5a ^ (1 << (bit & 7));
      expect(equalInConstantTime(octets, 0, 20, 20)).toBe(false);
      octets[bit >> 3] = 0x5a;
    }
    expect(equalInConstantTime(octets, 0, 7, 0)).toBe(true);
  });

  test('octet strings of different lengths differ', () => {
    expect(sameOctets(new Uint8Array(3), new Uint8Array(4))).toBe(false);
    expect(sameOctets(new Uint8Array(3), new Uint8Array(3))).toBe(true);
  });
});

describe('Reader', () => {
  test('reads in order and passes the value when nothing is left over', () => {
    const reader = new Reader('thing', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9));
    const value = [reader.u8(), reader.u16(), reader.u32(), toHex(reader.rest())];
    expect(reader.end(value)).toEqual([1, 0x0203, 0x04050607, '0809']);
  });

  test('keeps its first failure and reads zeros from then on', () => {
    const reader = new Reader('thing', Uint8Array.of(1, 2, 3));
    expect([reader.u32(), reader.u8(), reader.remaining]).toEqual([0, 0, 0]);
    reader.reject('another reason');
    expect(String(reader.end(0))).toBe('malformed thing: needs 4 octets, got 3');
  });

  test('rejects what is left over', () => {
    const reader = new Reader('thing', Uint8Array.of(1, 2, 3));
    reader.u8();
    expect(reader.end(0)).toEqual(new Malformed('thing', '2 octets left over'));
  });
});
