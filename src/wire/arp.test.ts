import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHex } from '../octets/hex.ts';
import {
  ARP_LENGTH,
  ARP_OPCODE,
  ARP_SENDER_PROTOCOL,
  ARP_TARGET_PROTOCOL,
  arpOpcode,
  checkArp,
  emitArp,
} from './arp.ts';

/** 10.9.0.1 asks for 10.9.0.2. */
const REQUEST = fromHex('00010800060400010200000000010a0900010000000000000a090002') as Uint8Array;

test('emitArp() writes 28 octets and no others', () => {
  const octets = new Uint8Array(ARP_LENGTH + 2).fill(0xa5);
  emitArp(
    {
      opcode: ARP_OPCODE.REQUEST,
      senderHardware: Uint8Array.of(2, 0, 0, 0, 0, 1),
      senderProtocol: { version: 4, octets: Uint8Array.of(10, 9, 0, 1) },
      targetHardware: new Uint8Array(6),
      targetProtocol: { version: 4, octets: Uint8Array.of(10, 9, 0, 2) },
    },
    octets,
    1,
  );
  expect(octets.slice(1, -1)).toEqual(REQUEST);
  expect([octets[0], octets.at(-1)]).toEqual([0xa5, 0xa5]);
});

test('a request reads', () => {
  expect(checkArp(REQUEST, 0, 28)).toBeNull();
  expect(arpOpcode(REQUEST, 0)).toBe(ARP_OPCODE.REQUEST);
  expect(REQUEST[ARP_SENDER_PROTOCOL + 3]).toBe(1);
  expect(REQUEST[ARP_TARGET_PROTOCOL + 3]).toBe(2);
});

test('checkArp() rejects every shorter prefix, other types and other lengths', () => {
  for (let length = 0; length < ARP_LENGTH; length++) {
    expect(checkArp(REQUEST, 0, length), `${length} octets`).not.toBeNull();
  }
  for (const at of [0, 1, 2, 3, 4, 5]) {
    const octets = REQUEST.slice();
    octets[at] = 0x77;
    expect(checkArp(octets, 0, 28), `octet ${at}`).not.toBeNull();
  }
});

test('checkArp() takes any octets', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
      checkArp(octets, 0, octets.length);
    }),
  );
});
