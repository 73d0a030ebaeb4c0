import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex } from '../octets/hex.ts';
import { Malformed } from '../octets/malformed.ts';
import {
  emitPcap,
  LINK_TYPE_OF,
  PCAP_FILE_HEADER_LENGTH,
  PCAP_LONGEST_PACKET,
  PCAP_RECORD_HEADER_LENGTH,
  type PcapRecord,
  parsePcap,
  parsePcapFileHeader,
  parsePcapRecord,
} from './pcap.ts';

const RECORD: PcapRecord = {
  seconds: 0x60000000,
  nanoseconds: 123_456_000,
  originalLength: 60,
  packet: Uint8Array.of(1, 2, 3),
};

/** One record of one octet, 0xee, at 1.000002 s or 1.000000002 s, in each way of writing. */
const WAYS = {
  'big-endian microseconds':
    'a1b2c3d4000200040000000000000000000000ff00000001' + '00000001000000020000000100000009ee',
  'little-endian microseconds':
    'd4c3b2a1020004000000000000000000ff00000001000000' + '01000000020000000100000009000000ee',
  'big-endian nanoseconds':
    'a1b23c4d000200040000000000000000000000ff00000001' + '00000001000000020000000100000009ee',
  'little-endian nanoseconds':
    '4d3cb2a1020004000000000000000000ff00000001000000' + '01000000020000000100000009000000ee',
};

describe('parsePcap() reads', () => {
  for (const [way, hex] of Object.entries(WAYS)) {
    test(way, () => {
      const [byteOrder, unit] = way.split(' ');
      expect(parsePcap(fromHex(hex) as Uint8Array)).toMatchObject({
        header: { byteOrder, unit, snapLength: 255, linkType: LINK_TYPE_OF.ETHERNET },
        records: [
          {
            seconds: 1,
            nanoseconds: unit === 'nanoseconds' ? 2 : 2000,
            originalLength: 9,
            packet: Uint8Array.of(0xee),
          },
        ],
        fault: null,
      });
    });
  }
});

test('emitPcap() writes what parsePcap() reads', () => {
  const octets = emitPcap(LINK_TYPE_OF.RAW, [RECORD, { ...RECORD, packet: new Uint8Array(0) }]);
  const file = parsePcap(octets);
  if (file instanceof Malformed) throw new Error(String(file));
  expect(file.header).toEqual({
    byteOrder: 'big-endian',
    unit: 'microseconds',
    snapLength: PCAP_LONGEST_PACKET,
    linkType: 101,
  });
  expect(file.records).toMatchObject([RECORD, { ...RECORD, packet: new Uint8Array(0) }]);
});

test('parsePcap() keeps the records before a cut and says so', () => {
  const octets = emitPcap(LINK_TYPE_OF.RAW, [RECORD, RECORD]);
  const first = PCAP_FILE_HEADER_LENGTH + PCAP_RECORD_HEADER_LENGTH + RECORD.packet.length;
  for (let length = 0; length < octets.length; length++) {
    const file = parsePcap(octets.subarray(0, length));
    if (length < PCAP_FILE_HEADER_LENGTH) {
      expect(file, `${length} octets`).toBeInstanceOf(Malformed);
      continue;
    }
    if (file instanceof Malformed) throw new Error(String(file));
    expect(file.records.length, `${length} octets`).toBe(length < first ? 0 : 1);
    const whole = length === PCAP_FILE_HEADER_LENGTH || length === first;
    expect(file.fault === null, `${length} octets`).toBe(whole);
  }
});

test('the parsers wait for more octets', () => {
  const octets = emitPcap(LINK_TYPE_OF.RAW, [RECORD]);
  const header = parsePcapFileHeader(octets, 0, octets.length);
  if (header === null || header instanceof Malformed) throw new Error(String(header));
  for (let end = 0; end < PCAP_FILE_HEADER_LENGTH; end++) {
    expect(parsePcapFileHeader(octets, 0, end)).toBeNull();
  }
  for (let end = PCAP_FILE_HEADER_LENGTH; end < octets.length; end++) {
    expect(parsePcapRecord(header, octets, PCAP_FILE_HEADER_LENGTH, end)).toBeNull();
  }
  expect(parsePcapRecord(header, octets, PCAP_FILE_HEADER_LENGTH, octets.length)).toMatchObject(
    RECORD,
  );
});

test('an unknown magic number, another version and a huge record are malformed', () => {
  const octets = emitPcap(LINK_TYPE_OF.RAW, [RECORD]);
  const changed = (at: number, value: number) => octets.slice().fill(value, at, at + 1);
  expect(String(parsePcap(changed(0, 0)))).toMatch(/magic number is unknown/);
  expect(String(parsePcap(changed(5, 3)))).toMatch(/version is not 2/);
  const huge = parsePcap(changed(PCAP_FILE_HEADER_LENGTH + 8, 0xff));
  if (huge instanceof Malformed) throw new Error(String(huge));
  expect(huge.records).toEqual([]);
  expect(String(huge.fault)).toMatch(/captured length/);
});

test('parsePcap() takes any octets after any magic number', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 120 }),
      fc.constantFrom(...Object.values(WAYS)),
      fc.nat(24),
      (octets, way, kept) => {
        octets.set((fromHex(way) as Uint8Array).subarray(0, Math.min(kept, octets.length)));
        parsePcap(octets);
      },
    ),
  );
});
