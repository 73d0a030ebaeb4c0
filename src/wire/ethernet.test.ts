import { expect, test } from 'vitest';
import { fromHex } from '../octets/hex.ts';
import { checkEthernet, ETHER_TYPE_OF, emitEthernetHeader, ethernetType } from './ethernet.ts';

const HEADER = fromHex('0200000000020200000000010806') as Uint8Array;

test('emitEthernetHeader() writes 14 octets and no others', () => {
  const octets = new Uint8Array(16).fill(0xa5);
  const [destination, source] = [HEADER.subarray(0, 6), HEADER.subarray(6, 12)];
  emitEthernetHeader(destination, source, ETHER_TYPE_OF.ARP, octets, 1);
  expect(octets).toEqual(fromHex('a50200000000020200000000010806a5'));
  expect(checkEthernet(octets, 1, 14)).toBeNull();
  expect(ethernetType(octets, 1)).toBe(ETHER_TYPE_OF.ARP);
});

test('checkEthernet() rejects every shorter prefix', () => {
  for (let length = 0; length < HEADER.length; length++) {
    expect(checkEthernet(HEADER, 0, length), `${length} octets`).not.toBeNull();
  }
});
