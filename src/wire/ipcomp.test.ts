import { expect, test } from 'vitest';
import { checkIpcomp, emitIpcompHeader, ipcompCpi, ipcompNextHeader } from './ipcomp.ts';

const AT = 3;

test('the accessors read what emitIpcompHeader() writes, next to nothing else', () => {
  const octets = new Uint8Array(AT + 5).fill(0xa5);
  emitIpcompHeader(17, 0x1002, octets, AT);
  expect(Array.from(octets)).toEqual([0xa5, 0xa5, 0xa5, 17, 0, 0x10, 0x02, 0xa5]);
  expect(checkIpcomp(octets, AT, 4)).toBeNull();
  expect(ipcompNextHeader(octets, AT)).toBe(17);
  expect(ipcompCpi(octets, AT)).toBe(0x1002);
});

test('checkIpcomp() rejects every shorter prefix', () => {
  for (let length = 0; length < 4; length++) {
    expect(checkIpcomp(new Uint8Array(8), AT, length)).not.toBeNull();
  }
});
