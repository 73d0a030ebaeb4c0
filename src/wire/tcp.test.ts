import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { IpAddress } from '../net/ip-address.ts';
import { checksumOf, sumOctets } from '../octets/checksum.ts';
import { pseudoHeaderSum } from './pseudo-header.ts';
import {
  checkTcp,
  emitTcp,
  findTcpOption,
  TCP_FLAG,
  TCP_OPTION,
  tcpAcknowledgmentNumber,
  tcpChecksum,
  tcpDestinationPort,
  tcpFlags,
  tcpHeaderLength,
  tcpOptionLength,
  tcpSequenceNumber,
  tcpSourcePort,
  tcpUrgentPointer,
  tcpWindow,
} from './tcp.ts';

const A: IpAddress = { version: 4, octets: Uint8Array.of(10, 9, 0, 1) };
const B: IpAddress = { version: 4, octets: Uint8Array.of(10, 9, 0, 2) };
const AT = 5;
/** MSS 1460, SACK permitted, no operation, window scale 7. */
const OPTIONS = Uint8Array.of(2, 4, 0x05, 0xb4, 4, 2, 1, 3, 3, 7, 0, 0);

function emitted(options = OPTIONS): Uint8Array {
  const octets = new Uint8Array(AT + 20 + options.length + 3 + 2).fill(0xa5);
  const length = emitTcp(
    {
      sourcePort: 40000,
      destinationPort: 5901,
      sequenceNumber: 0xfffffffe,
      acknowledgmentNumber: 0x80000000,
      flags: TCP_FLAG.SYN | TCP_FLAG.ECE,
      window: 64240,
      options,
    },
    Uint8Array.of(1, 2, 3),
    A,
    B,
    octets,
    AT,
  );
  expect(length).toBe(20 + options.length + 3);
  return octets;
}

test('the accessors read what emitTcp() writes', () => {
  const octets = emitted();
  expect(checkTcp(octets, AT, 35)).toBeNull();
  expect(tcpSourcePort(octets, AT)).toBe(40000);
  expect(tcpDestinationPort(octets, AT)).toBe(5901);
  expect(tcpSequenceNumber(octets, AT)).toBe(0xfffffffe);
  expect(tcpAcknowledgmentNumber(octets, AT)).toBe(0x80000000);
  expect(tcpHeaderLength(octets, AT)).toBe(32);
  expect(tcpFlags(octets, AT)).toBe(0x42);
  expect(tcpWindow(octets, AT)).toBe(64240);
  expect(tcpUrgentPointer(octets, AT)).toBe(0);
  expect(tcpChecksum(octets, AT)).not.toBe(0);
  expect(checksumOf(sumOctets(octets, AT, 35, pseudoHeaderSum(A, B, 6, 35)))).toBe(0);
});

test('emitTcp() writes the segment and no other octets', () => {
  const octets = emitted();
  expect(octets.subarray(0, AT).every((octet) => octet === 0xa5)).toBe(true);
  expect(octets.subarray(AT + 35).every((octet) => octet === 0xa5)).toBe(true);
});

test('checkTcp() rejects every prefix shorter than the header', () => {
  const octets = emitted();
  for (let length = 0; length < 32; length++) {
    expect(checkTcp(octets, AT, length), `${length} octets`).not.toBeNull();
  }
  octets[AT + 12] = 0x40;
  expect(String(checkTcp(octets, AT, 35))).toMatch(/data offset is less than 5/);
});

test('findTcpOption() finds each option there is', () => {
  const octets = emitted();
  expect(findTcpOption(octets, AT, TCP_OPTION.MAXIMUM_SEGMENT_SIZE)).toBe(AT + 20);
  expect(findTcpOption(octets, AT, TCP_OPTION.SACK_PERMITTED)).toBe(AT + 24);
  expect(findTcpOption(octets, AT, TCP_OPTION.WINDOW_SCALE)).toBe(AT + 27);
  expect(findTcpOption(octets, AT, TCP_OPTION.TIMESTAMPS)).toBe(-1);
  expect(findTcpOption(emitted(new Uint8Array(0)), AT, TCP_OPTION.TIMESTAMPS)).toBe(-1);
});

describe('tcpOptionLength() ends the walk at', () => {
  for (const [name, options] of [
    ['the end of the list', [0, 2, 4, 0]],
    ['length 0', [2, 0, 1, 1]],
    ['length 1', [2, 1, 1, 1]],
    ['length past the end', [2, 5, 1, 1]],
    ['nothing', []],
    ['half an option', [2]],
  ] as const) {
    test(name, () => {
      expect(tcpOptionLength(Uint8Array.from(options), 0, options.length)).toBe(0);
    });
  }
});

test('the walk ends within the header, whatever the octets', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 20, maxLength: 60 }), fc.nat(20), (octets, kind) => {
      octets[12] = (Math.floor(octets.length / 4) << 4) & 0xf0;
      if (checkTcp(octets, 0, octets.length) !== null) return;
      const found = findTcpOption(octets, 0, kind);
      expect(found).toBeLessThan(octets.length);
      if (found !== -1) expect(octets[found]).toBe(kind);
    }),
  );
});
