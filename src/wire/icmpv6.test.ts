import { expect, test } from 'vitest';
import { parseIpAddress } from '../net/ip-address.ts';
import { checksumOf, sumOctets } from '../octets/checksum.ts';
import { checkIcmp, icmpSequence, icmpType } from './icmp.ts';
import { emitIcmpv6, ICMPV6_TYPE, icmpv6IsError } from './icmpv6.ts';
import { pseudoHeaderSum } from './pseudo-header.ts';

test('emitIcmpv6() writes an echo request that the receiver sums to zero', () => {
  const source = parseIpAddress('fe80::1');
  const destination = parseIpAddress('ff02::1:2');
  if (source === undefined || destination === undefined) throw new Error('addresses are wrong');
  const octets = new Uint8Array(2 + 13 + 2).fill(0xa5);
  const data = Uint8Array.of(1, 2, 3, 4, 5);
  const length = emitIcmpv6(
    ICMPV6_TYPE.ECHO_REQUEST,
    0,
    0x00010007,
    data,
    source,
    destination,
    octets,
    2,
  );
  expect(length).toBe(13);
  expect(checkIcmp(octets, 2, length)).toBeNull();
  expect(icmpType(octets, 2)).toBe(128);
  expect(icmpSequence(octets, 2)).toBe(7);
  const pseudo = pseudoHeaderSum(source, destination, 58, length);
  expect(checksumOf(sumOctets(octets, 2, length, pseudo))).toBe(0);
  expect([octets[1], octets[15]]).toEqual([0xa5, 0xa5]);
});

test('icmpv6IsError() is the top bit', () => {
  expect(icmpv6IsError(ICMPV6_TYPE.PACKET_TOO_BIG)).toBe(true);
  expect(icmpv6IsError(ICMPV6_TYPE.ECHO_REQUEST)).toBe(false);
});
