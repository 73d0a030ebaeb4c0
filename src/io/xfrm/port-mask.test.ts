import { expect, test } from 'vitest';
import { ANY_PORT, onePort } from '../../net/port-range.ts';
import { maskedPort, portRangeOf } from './port-mask.ts';

test.each([
  ['any port', ANY_PORT, { port: 0, portMask: 0 }],
  ['one port', onePort(5901), { port: 5901, portMask: 0xffff }],
  ['port 0', onePort(0), { port: 0, portMask: 0xffff }],
  ['a block', { first: 1024, last: 2047 }, { port: 1024, portMask: 0xfc00 }],
  ['the upper half', { first: 0x8000, last: 0xffff }, { port: 0x8000, portMask: 0x8000 }],
])('%s has a mask, and comes back', (_, range, masked) => {
  expect(maskedPort(range)).toEqual(masked);
  expect(portRangeOf(masked)).toEqual(range);
});

test.each([
  { first: 1000, last: 2000 },
  { first: 1, last: 0xffff },
  { first: 1023, last: 1024 },
  { first: 512, last: 1535 },
])('ports %o have none', (range) => {
  expect(maskedPort(range)).toBeUndefined();
});

test('a mask with a hole is no range', () => {
  expect(portRangeOf({ port: 0, portMask: 0xfffd })).toBeUndefined();
});
