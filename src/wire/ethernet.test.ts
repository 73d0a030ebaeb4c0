import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHex } from '../octets/hex.ts';
import {
  checkEthernet,
  ETHER_TYPE_OF,
  emitEthernetHeader,
  ethernetHeaderLength,
  ethernetIsTagged,
  ethernetType,
  ethernetVlanId,
} from './ethernet.ts';

const TAGGED = fromHex('02000000000202000000000181006005 0800'.replace(' ', '')) as Uint8Array;

test('emitEthernetHeader() writes 14 octets and no others', () => {
  const octets = new Uint8Array(16).fill(0xa5);
  const [destination, source] = [TAGGED.subarray(0, 6), TAGGED.subarray(6, 12)];
  emitEthernetHeader(destination, source, ETHER_TYPE_OF.ARP, octets, 1);
  expect(octets).toEqual(fromHex('a50200000000020200000000010806a5'));
  expect(checkEthernet(octets, 1, 14)).toBeNull();
  expect(ethernetType(octets, 1)).toBe(ETHER_TYPE_OF.ARP);
  expect(ethernetIsTagged(octets, 1)).toBe(false);
  expect(ethernetHeaderLength(octets, 1)).toBe(14);
});

test('a tag is looked through', () => {
  expect(checkEthernet(TAGGED, 0, 18)).toBeNull();
  expect(ethernetIsTagged(TAGGED, 0)).toBe(true);
  expect(ethernetVlanId(TAGGED, 0)).toBe(5);
  expect(ethernetType(TAGGED, 0)).toBe(ETHER_TYPE_OF.IPV4);
  expect(ethernetHeaderLength(TAGGED, 0)).toBe(18);
});

test('checkEthernet() rejects every shorter prefix', () => {
  for (let length = 0; length < 18; length++) {
    expect(checkEthernet(TAGGED, 0, length), `${length} octets`).not.toBeNull();
  }
});

test('what checkEthernet() passes has a type, whatever the octets', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), (octets) => {
      if (checkEthernet(octets, 0, octets.length) === null) {
        expect(ethernetType(octets, 0)).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});
