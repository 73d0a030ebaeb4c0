import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, hex16, hex32 } from '../octets/hex.ts';
import { Malformed } from '../octets/malformed.ts';
import { CaptureParser } from './capture-parser.ts';
import type { CapturedPacket } from './captured-packet.ts';
import { LINK_TYPE_OF, type PcapRecord } from './pcap.ts';
import {
  emitPcapngHeader,
  emitPcapngPacket,
  PCAPNG_HEADER_LENGTH,
  pcapngPacketLength,
} from './pcapng.ts';

/** Writes numbers in one of two byte orders. */
interface Order {
  readonly u16: (value: number) => string;
  readonly u32: (value: number) => string;
}

const BIG: Order = { u16: hex16, u32: hex32 };
const LITTLE: Order = {
  u16: (value) => swapped(hex16(value)),
  u32: (value) => swapped(hex32(value)),
};

function swapped(digits: string): string {
  return (digits.match(/../g) ?? []).reverse().join('');
}

function block({ u32 }: Order, type: number, body: string): string {
  const length = u32(12 + body.length / 2);
  return u32(type) + length + body + length;
}

function section(order: Order, major = 1): string {
  const { u16, u32 } = order;
  return block(order, 0x0a0d0d0a, `${u32(0x1a2b3c4d)}${u16(major)}${u16(0)}${'ff'.repeat(8)}`);
}

function interfaceBlock(order: Order, linkType: number, options = '', snapLength = 0): string {
  const { u16, u32 } = order;
  return block(order, 1, `${u16(linkType)}${u16(0)}${u32(snapLength)}${options}`);
}

function packetBlock(order: Order, id: number, ticks: bigint, octets: string): string {
  const { u32 } = order;
  const [high, low] = [Number(ticks >> 32n), Number(ticks & 0xffffffffn)];
  const length = u32(octets.length / 2);
  const padding = '00'.repeat((4 - ((octets.length / 2) % 4)) % 4);
  return block(order, 6, `${u32(id)}${u32(high)}${u32(low)}${length}${length}${octets}${padding}`);
}

/** What is found in `digits`, and why no more. */
function read(digits: string): { readonly found: CapturedPacket[]; readonly fault: string | null } {
  return readPieces(fromHex(digits) as Uint8Array, Number.POSITIVE_INFINITY);
}

/** As a reader does: pieces of `step` octets, the rest kept in front of the next. */
function readPieces(octets: Uint8Array, step: number) {
  const parser = new CaptureParser();
  const found: CapturedPacket[] = [];
  let from = 0;
  for (let end = 0; end < octets.length; ) {
    end = Math.min(end + step, octets.length);
    parser.feed(octets, from, end);
    for (let packet = parser.next(); packet !== null; packet = parser.next()) found.push(packet);
    from = parser.rest;
  }
  parser.end();
  return { found, fault: parser.fault === null ? null : String(parser.fault) };
}

describe('CaptureParser reads pcapng', () => {
  for (const [name, order] of Object.entries({ 'big-endian': BIG, 'little-endian': LITTLE })) {
    test(name, () => {
      const file =
        section(order) +
        interfaceBlock(order, 1) +
        packetBlock(order, 0, 1_700_000_000_123_456n, 'aabbcc');
      expect(read(file)).toMatchObject({
        found: [
          {
            seconds: 1_700_000_000,
            nanoseconds: 123_456_000,
            originalLength: 3,
            linkType: LINK_TYPE_OF.ETHERNET,
            packet: Uint8Array.of(0xaa, 0xbb, 0xcc),
          },
        ],
        fault: null,
      });
    });
  }

  test('the clock and the link type of each interface', () => {
    const resolution = (value: string) => `00090001${value}00000000000000`;
    const offset = `000e0008${'ffffffffffffffff'}00000000`;
    const file =
      section(BIG) +
      interfaceBlock(BIG, 101, resolution('09')) +
      interfaceBlock(BIG, 113, resolution('8a')) +
      interfaceBlock(BIG, 276, resolution('00')) +
      interfaceBlock(BIG, 0, offset) +
      packetBlock(BIG, 0, 1_700_000_000_123_456_789n, '01') +
      packetBlock(BIG, 1, (5n << 10n) + 512n, '02') +
      packetBlock(BIG, 2, 7n, '03') +
      packetBlock(BIG, 3, 9_000_001n, '04');
    const { found, fault } = read(file);
    expect(fault).toBeNull();
    expect(
      found.map(({ linkType, seconds, nanoseconds }) => [linkType, seconds, nanoseconds]),
    ).toEqual([
      [101, 1_700_000_000, 123_456_789],
      [113, 5, 500_000_000],
      [276, 7, 0],
      [0, 8, 1000],
    ]);
  });

  test('a section after a section, in the other order, with interfaces of its own', () => {
    const file =
      section(BIG) +
      interfaceBlock(BIG, 1) +
      section(LITTLE) +
      interfaceBlock(LITTLE, 101) +
      packetBlock(LITTLE, 0, 0n, 'ee');
    expect(read(file)).toMatchObject({ found: [{ linkType: 101 }], fault: null });
    const without =
      section(BIG) + interfaceBlock(BIG, 1) + section(BIG) + packetBlock(BIG, 0, 0n, '');
    expect(read(without)).toMatchObject({ found: [], fault: /not described/ });
  });

  test('simple and old packets', () => {
    const simple = block(BIG, 3, `${hex32(6)}01020304`);
    const old = block(
      BIG,
      2,
      `${hex16(0)}${hex16(9)}${hex32(0)}${hex32(1_000_000)}${hex32(1)}${hex32(1)}ee000000`,
    );
    const file = section(BIG) + interfaceBlock(BIG, 101, '', 4) + simple + old;
    expect(read(file)).toMatchObject({
      found: [
        { seconds: 0, originalLength: 6, packet: Uint8Array.of(1, 2, 3, 4) },
        { seconds: 1, originalLength: 1, packet: Uint8Array.of(0xee) },
      ],
      fault: null,
    });
  });

  test('and passes over blocks that it does not know, however long', () => {
    const unknown = block(BIG, 0x0bad, '00'.repeat(4_000_000));
    const file =
      section(BIG) + unknown + interfaceBlock(BIG, 101) + unknown + packetBlock(BIG, 0, 0n, '01');
    const octets = fromHex(file) as Uint8Array;
    expect(readPieces(octets, 65_536)).toMatchObject({ found: [{ length: 1 }], fault: null });
  });
});

test('what the writer writes, the parser reads, in pieces of any length', () => {
  const records: PcapRecord[] = [
    {
      seconds: 1_700_000_000,
      nanoseconds: 999_999_999,
      originalLength: 9,
      packet: Uint8Array.of(1),
    },
    { seconds: 0, nanoseconds: 0, originalLength: 0, packet: new Uint8Array(0) },
    { seconds: 1, nanoseconds: 1, originalLength: 4, packet: Uint8Array.of(1, 2, 3, 4) },
  ];
  const length = records.reduce((sum, { packet }) => sum + pcapngPacketLength(packet.length), 0);
  const octets = new Uint8Array(PCAPNG_HEADER_LENGTH + length + 1).fill(0xa5);
  emitPcapngHeader(276, 1500, octets, 0);
  let at = PCAPNG_HEADER_LENGTH;
  for (const record of records) at += emitPcapngPacket(record, octets, at);
  expect(octets[at]).toBe(0xa5);
  for (const step of [1, 3, 61, 1000]) {
    const { found, fault } = readPieces(octets.subarray(0, at), step);
    expect(fault).toBeNull();
    expect(found).toMatchObject(records.map((record) => ({ ...record, linkType: 276 })));
  }
});

test('a cut file tells so, and gives what was whole', () => {
  const file = fromHex(
    section(BIG) +
      interfaceBlock(BIG, 1) +
      packetBlock(BIG, 0, 0n, '0102') +
      packetBlock(BIG, 0, 0n, '03'),
  ) as Uint8Array;
  const whole = new Set([28, 48, 84, 120]);
  for (let length = 4; length <= file.length; length++) {
    const { found, fault } = readPieces(file.subarray(0, length), 1000);
    expect(fault === null, `${length} octets`).toBe(whole.has(length));
    expect(found.length, `${length} octets`).toBe(length < 84 ? 0 : length < 120 ? 1 : 2);
  }
});

describe('CaptureParser refuses', () => {
  const start = section(BIG) + interfaceBlock(BIG, 1);
  for (const [name, digits, fault] of [
    ['nothing', '', /needs 24 octets, got 0/],
    ['another magic number', '00'.repeat(24), /magic number is unknown/],
    ['a section of no byte order', block(BIG, 0x0a0d0d0a, '00'.repeat(16)), /byte-order magic/],
    ['another version', section(BIG, 2), /version is not 1/],
    ['a block that is too short', `${section(BIG)}${hex32(6)}${hex32(8)}00000000`, /its length/],
    ['a block of no whole words', `${section(BIG)}${hex32(6)}${hex32(13)}00000000`, /its length/],
    ['a packet without interface', section(BIG) + packetBlock(BIG, 0, 0n, '01'), /not described/],
    [
      'a packet longer than its block',
      start + block(BIG, 6, `${'00'.repeat(12)}${hex32(5)}${hex32(5)}01020304`),
      /its length/,
    ],
    [
      'a packet longer than any',
      start + block(BIG, 6, `${'00'.repeat(12)}${hex32(0x40001)}${hex32(5)}01020304`),
      /more than any/,
    ],
    ['thousands of interfaces', section(BIG) + interfaceBlock(BIG, 1).repeat(4097), /too many/],
  ] as const) {
    test(name, () => expect(read(digits).fault).toMatch(fault));
  }
});

test('CaptureParser takes any octets after any beginning', () => {
  const good = fromHex(
    section(LITTLE) + interfaceBlock(LITTLE, 1) + packetBlock(LITTLE, 0, 7n, '0102'),
  ) as Uint8Array;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }),
      fc.nat(good.length),
      fc.integer({ min: 1, max: 40 }),
      (changes, length, step) => {
        const octets = good.slice(0, length);
        for (const [at, octet] of changes) if (at < length) octets[at] = octet;
        for (const packet of readPieces(octets, step).found) {
          expect(packet.packet).not.toBeInstanceOf(Malformed);
          expect(packet.at + packet.length).toBeLessThanOrEqual(octets.length);
        }
      },
    ),
  );
});
