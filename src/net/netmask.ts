/**
 * Netmasks: the length of a prefix, written as an address.
 *
 * @module
 */
import { setU32, u32 } from '../octets/octets.ts';
import type { IpAddress } from './ip-address.ts';

/** The IPv4 netmask whose first `length` bits are set: 24 is 255.255.255.0. */
export function ipv4Netmask(length: number): IpAddress {
  const octets = new Uint8Array(4);
  setU32(octets, 0, length === 0 ? 0 : -1 << (32 - length));
  return { version: 4, octets };
}

/** How many bits of an IPv4 netmask are set; `undefined` when one is set behind one that is not. */
export function netmaskLength(mask: IpAddress): number | undefined {
  const bits = u32(mask.octets, 0);
  const length = Math.clz32(~bits);
  return bits === u32(ipv4Netmask(length).octets, 0) ? length : undefined;
}
