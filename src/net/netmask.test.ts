import { expect, test } from 'vitest';
import { formatIpAddress, parseIpAddress } from './ip-address.ts';
import { ipv4Netmask, netmaskLength } from './netmask.ts';

test('each length has its netmask, and each netmask its length', () => {
  for (let length = 0; length <= 32; length++)
    expect(netmaskLength(ipv4Netmask(length))).toBe(length);
  expect([0, 1, 22, 24, 32].map((length) => formatIpAddress(ipv4Netmask(length)))).toEqual([
    '0.0.0.0',
    '128.0.0.0',
    '255.255.252.0',
    '255.255.255.0',
    '255.255.255.255',
  ]);
});

test.each(['255.0.255.0', '0.0.0.255', '127.255.255.255', '255.255.255.253'])(
  '%s is no netmask',
  (text) => {
    const address = parseIpAddress(text);
    expect(address && netmaskLength(address)).toBeUndefined();
  },
);
