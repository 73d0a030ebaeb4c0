import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressKey,
  addressStandsAt,
  formatIpAddress,
  ipAddressAt,
  parseIpAddress,
  sameAddress,
} from './ip-address.ts';
import { hasPorts, IP_PROTOCOL, ipProtocolName, ipProtocolNumber } from './ip-protocol.ts';
import { ANY_PORT, formatPortRange, isAnyPort, onePort } from './port-range.ts';
import {
  formatPrefix,
  hostPrefix,
  isHostPrefix,
  parsePrefix,
  prefixCovers,
  samePrefix,
} from './prefix.ts';

const v4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
const v6 = fc.uint8Array({ minLength: 16, maxLength: 16 });
/** Addresses with runs of zeros, as they occur. */
const sparseV6 = fc
  .array(fc.constantFrom(0, 0, 0, 1, 0x0db8, 0xffff), { minLength: 8, maxLength: 8 })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff])));

describe('IPv4 addresses', () => {
  test('round-trip', () => {
    fc.assert(
      fc.property(v4, (octets) => {
        const text = octets.join('.');
        expect(parseIpAddress(text)).toEqual({ version: 4, octets });
        expect(formatIpAddress({ version: 4, octets })).toBe(text);
      }),
    );
  });

  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.0x4',
    '1.2.3.',
    '1..3.4',
    ' 1.2.3.4',
    '1.2.3.4 ',
    '1.2.3.4/32',
    '-1.2.3.4',
    '1.2.3.1e1',
    '123456789',
    'localhost',
  ])('%j is none', (text) => {
    expect(parseIpAddress(text)).toBeUndefined();
  });
});

describe('IPv6 addresses', () => {
  test.each([
    // RFC 4291 §2.2
    ['ABCD:EF01:2345:6789:ABCD:EF01:2345:6789', 'abcd:ef01:2345:6789:abcd:ef01:2345:6789'],
    ['2001:DB8:0:0:8:800:200C:417A', '2001:db8::8:800:200c:417a'],
    ['FF01:0:0:0:0:0:0:101', 'ff01::101'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:13.1.68.3', '::d01:4403'],
    ['::FFFF:129.144.52.38', '::ffff:8190:3426'],
    // RFC 5952 §4
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
  ])('%s is written %s', (text, canonical) => {
    const address = parseIpAddress(text);
    expect(address && formatIpAddress(address)).toBe(canonical);
  });

  test('what is written is read back', () => {
    fc.assert(
      fc.property(fc.oneof(v6, sparseV6), (octets) => {
        const address = { version: 6, octets } as const;
        expect(parseIpAddress(formatIpAddress(address))).toEqual(address);
      }),
    );
  });

  test.each([
    ':',
    ':::',
    '1:',
    ':1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    '1::2::3',
    '12345::',
    '1:::2',
    'g::',
    '::1%eth0',
    '[::1]',
    '::1/128',
    '::1.2.3',
    '::01.2.3.4',
    '1.2.3.4::',
    '1.2.3.4::1',
    '::1.2.3.4:5',
    '1:2:3:4:5:6:7:1.2.3.4',
  ])('%j is none', (text) => {
    expect(parseIpAddress(text)).toBeUndefined();
  });
});

describe('addresses in memory', () => {
  test('are copied out, compared and hashed where they stand', () => {
    fc.assert(
      fc.property(fc.oneof(v4, v6), fc.nat(5), (octets, at) => {
        const version = octets.length === 4 ? 4 : 6;
        const memory = new Uint8Array(30).fill(0xa5);
        memory.set(octets, at);
        const address = ipAddressAt(version, memory, at);
        expect(address).toEqual({ version, octets });
        expect(addressStandsAt(address, memory, at)).toBe(true);
        expect(addressKey(version, memory, at)).toBe(addressKey(version, octets, 0));
        expect(addressKey(version, memory, at)).toBeGreaterThanOrEqual(0);
        memory[at + octets.length - 1] = (octets.at(-1) ?? 0) ^ 1;
        expect(addressStandsAt(address, memory, at)).toBe(false);
        expect(address.octets).toEqual(octets);
      }),
    );
  });

  test('of different versions are not the same', () => {
    const a = { version: 4, octets: new Uint8Array(4) } as const;
    const b = { version: 6, octets: new Uint8Array(16) } as const;
    expect(sameAddress(a, b)).toBe(false);
  });
});

describe('prefixes', () => {
  test.each(['10.0.0.0/8', '10.9.0.1', '0.0.0.0/0', '2001:db8::/32', '::1'])(
    'are read as they are written: %s',
    (text) => {
      const prefix = parsePrefix(text);
      expect(prefix && formatPrefix(prefix)).toBe(text);
    },
  );

  test.each(['', '10.0.0.0/', '10.0.0.0/33', '::/129', '10/8', '10.0.0.0/-1', '10.0.0.0/8/8'])(
    'are not read from "%s"',
    (text) => {
      expect(parsePrefix(text)).toBeUndefined();
    },
  );

  test('cover what an oracle on bit strings says', () => {
    const bits = (octets: Uint8Array) =>
      Array.from(octets, (octet) => octet.toString(2).padStart(8, '0')).join('');
    fc.assert(
      fc.property(
        fc.oneof(fc.tuple(v4, v4, fc.nat(32)), fc.tuple(v6, v6, fc.nat(128))),
        fc.nat(128),
        ([octets, other, length], shared) => {
          const version = octets.length === 4 ? 4 : 6;
          // Random addresses hardly share a prefix: have them agree in the first bits.
          for (let bit = 0; bit < Math.min(shared, octets.length * 8); bit++) {
            const mask = 0x80 >> (bit & 7);
            const from = octets[bit >> 3] ?? 0;
            other[bit >> 3] = ((other[bit >> 3] ?? 0) & ~mask) | (from & mask);
          }
          const covers = bits(octets).slice(0, length) === bits(other).slice(0, length);
          const memory = Uint8Array.of(0xa5, ...other);
          expect(prefixCovers({ address: { version, octets }, length }, memory, 1)).toBe(covers);
        },
      ),
    );
  });

  test('are written as setkey writes them', () => {
    const address = { version: 4, octets: Uint8Array.of(10, 9, 0, 1) } as const;
    expect(formatPrefix(hostPrefix(address))).toBe('10.9.0.1');
    expect(formatPrefix({ address, length: 8 })).toBe('10.9.0.1/8');
    expect(isHostPrefix({ address, length: 31 })).toBe(false);
    expect(samePrefix({ address, length: 8 }, { address, length: 9 })).toBe(false);
  });
});

describe('ports and protocols', () => {
  test('ports are written as setkey writes them', () => {
    expect(formatPortRange(ANY_PORT)).toBe('any');
    expect(formatPortRange(onePort(5901))).toBe('5901');
    expect(formatPortRange({ first: 1, last: 9 })).toBe('1-9');
    expect(isAnyPort({ first: 0, last: 65534 })).toBe(false);
  });

  test('every name has its number and every number its name', () => {
    for (const [name, number] of Object.entries(IP_PROTOCOL)) {
      expect(ipProtocolNumber(name)).toBe(number);
      expect(ipProtocolName(number)).toBe(name);
    }
    expect(ipProtocolNumber('icmp6')).toBe(58);
    expect(ipProtocolNumber('constructor')).toBeUndefined();
    expect(ipProtocolName(253)).toBe('253');
  });

  test('TCP, UDP and SCTP have ports, ICMP and ESP none', () => {
    expect([6, 17, 132, 1, 50, 51].map(hasPorts)).toEqual([true, true, true, false, false, false]);
  });
});
