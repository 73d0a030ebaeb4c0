import { expect, test } from 'vitest';
import { bulkOctets, trainsOver } from '../octets/bulk.ts';
import { checksumOf, difference, sumOctets } from '../octets/checksum.ts';
import { u16 } from '../octets/octets.ts';
import {
  ipv4Checksum,
  ipv4Identification,
  setIpv4Identification,
  updateIpv4Checksum,
} from '../wire/ipv4.ts';
import { Identifications } from './identifications.ts';

test('identifications are taken one by one or many at a time, and after the last comes 1', () => {
  const identifications = new Identifications();
  expect(identifications.next()).toBe(1);
  expect(identifications.take(0xfffd)).toBe(2);
  expect(identifications.next()).toBe(0xffff);
  expect(identifications.take(0xfffe)).toBe(1);
  expect(identifications.take(10)).toBe(0xffff);
  expect(identifications.next()).toBe(10);
});

test('the headers of a train have them in their order, with checksums that hold', () => {
  const STRIDE = 64;
  const octets = bulkOctets(32 * STRIDE);
  octets.set(
    Uint8Array.from({ length: 28 }, (_, k) => (k === 0 ? 0x45 : 31 * k)),
    STRIDE,
  );
  setIpv4Identification(octets, STRIDE, 0xfff0);
  updateIpv4Checksum(octets, STRIDE);
  const changing = ipv4Identification(octets, STRIDE) + ipv4Checksum(octets, STRIDE);
  const sum = difference(sumOctets(octets, STRIDE, 20), changing);
  trainsOver(octets)?.front(2 * STRIDE, STRIDE, 30, STRIDE, 28, 0xfff1, sum);
  for (let k = 1; k <= 30; k++) {
    const at = (k + 1) * STRIDE;
    const number = 0xfff0 + k;
    expect(ipv4Identification(octets, at)).toBe(number > 0xffff ? number - 0xffff : number);
    expect(checksumOf(sumOctets(octets, at, 20))).toBe(0);
    expect(u16(octets, at + 26)).toBe(u16(octets, STRIDE + 26));
  }
});
