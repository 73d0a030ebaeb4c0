import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { esp, ethernet, ipv4, udp } from '../../../test/support/sample-packets.ts';
import { setHostU16, setHostU32 } from '../../octets/host.ts';
import { bpfProgram } from './bpf.ts';

type Row = readonly [code: number, jumpTrue: number, jumpFalse: number, constant: number];

/** As `tcpdump -ddd` prints programs, without the count. */
function instructions(rows: readonly Row[]): Uint8Array {
  const octets = new Uint8Array(rows.length * 8);
  for (const [place, [code, jumpTrue, jumpFalse, constant]] of rows.entries()) {
    setHostU16(octets, place * 8, code);
    octets[place * 8 + 2] = jumpTrue;
    octets[place * 8 + 3] = jumpFalse;
    setHostU32(octets, place * 8 + 4, constant);
  }
  return octets;
}

/** `tcpdump -ddd -y EN10MB "ip and udp dst port 4500"` on libpcap 1.10.3. */
const UDP_4500: readonly Row[] = [
  [40, 0, 0, 12],
  [21, 0, 8, 2048],
  [48, 0, 0, 23],
  [21, 0, 6, 17],
  [40, 0, 0, 20],
  [69, 4, 0, 8191],
  [177, 0, 0, 14],
  [72, 0, 0, 16],
  [21, 0, 1, 4500],
  [6, 0, 0, 262144],
  [6, 0, 0, 0],
];

function keeps(rows: readonly Row[], packet: Uint8Array, length = packet.length): number {
  return bpfProgram(instructions(rows))(packet, 0, packet.length, length);
}

test('a program of libpcap keeps what it is for', () => {
  expect(keeps(UDP_4500, ethernet(0x0800, ipv4(17, udp(1, 4500, esp()))))).toBe(262_144);
  expect(keeps(UDP_4500, ethernet(0x0800, ipv4(17, udp(4500, 1, esp()))))).toBe(0);
  expect(keeps(UDP_4500, ethernet(0x0800, ipv4(50, esp())))).toBe(0);
  expect(keeps(UDP_4500, ethernet(0x0800, ipv4(17, udp(1, 4500, esp()))).subarray(0, 30))).toBe(0);
});

describe('the machine', () => {
  for (const [name, rows, expected] of [
    [
      'returns its accumulator',
      [
        [0, 0, 0, 7],
        [22, 0, 0, 0],
      ],
      7,
    ],
    [
      'tells the length on the wire',
      [
        [128, 0, 0, 0],
        [22, 0, 0, 0],
      ],
      99,
    ],
    [
      'adds, and wraps',
      [
        [0, 0, 0, 0xffffffff],
        [4, 0, 0, 3],
        [22, 0, 0, 0],
      ],
      2,
    ],
    [
      'subtracts the index',
      [
        [1, 0, 0, 3],
        [0, 0, 0, 1],
        [28, 0, 0, 0],
        [22, 0, 0, 0],
      ],
      0xfffffffe,
    ],
    [
      'multiplies',
      [
        [0, 0, 0, 0x10001],
        [36, 0, 0, 0x10001],
        [22, 0, 0, 0],
      ],
      0x20001,
    ],
    [
      'refuses to divide by nothing',
      [
        [0, 0, 0, 1],
        [52, 0, 0, 0],
        [6, 0, 0, 9],
      ],
      0,
    ],
    [
      'shifts',
      [
        [0, 0, 0, 1],
        [100, 0, 0, 31],
        [116, 0, 0, 30],
        [22, 0, 0, 0],
      ],
      2,
    ],
    [
      'negates',
      [
        [0, 0, 0, 1],
        [132, 0, 0, 0],
        [22, 0, 0, 0],
      ],
      0xffffffff,
    ],
    [
      'keeps words',
      [
        [0, 0, 0, 5],
        [2, 0, 0, 3],
        [97, 0, 0, 3],
        [135, 0, 0, 0],
        [22, 0, 0, 0],
      ],
      5,
    ],
    [
      'exchanges its registers',
      [
        [0, 0, 0, 5],
        [7, 0, 0, 0],
        [135, 0, 0, 0],
        [22, 0, 0, 0],
      ],
      5,
    ],
    [
      'jumps',
      [
        [5, 0, 0, 1],
        [6, 0, 0, 1],
        [6, 0, 0, 2],
      ],
      2,
    ],
    [
      'compares without a sign',
      [
        [0, 0, 0, 0xffffffff],
        [37, 0, 1, 1],
        [6, 0, 0, 1],
        [6, 0, 0, 2],
      ],
      1,
    ],
    ['refuses what runs over its end', [[0, 0, 0, 1]], 0],
  ] as const satisfies readonly (readonly [string, readonly Row[], number])[]) {
    test(name, () => expect(keeps(rows, Uint8Array.of(1, 2, 3, 4), 99)).toBe(expected));
  }

  test('ends with any program on any packet', () => {
    const row = fc.tuple(fc.nat(0xffff), fc.nat(255), fc.nat(255), fc.nat(0xffffffff));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), fc.uint8Array(), (rows, packet) => {
        expect(keeps(rows, packet)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
