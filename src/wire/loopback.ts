/**
 * What captures of BSD's loopback interfaces begin with: four octets that name an address family,
 * in the byte order of the host that captured (LINKTYPE_NULL), or of the network (LINKTYPE_LOOP).
 *
 * @module
 */
import { u32 } from '../octets/octets.ts';
import { fileU32 } from './file-order.ts';

/** Octets of the header. */
export const LOOPBACK_HEADER_LENGTH = 4;

/** AF_INET, everywhere. */
const IPV4 = 2;
/** AF_INET6: of NetBSD and OpenBSD, of FreeBSD, of Darwin. */
const IPV6: readonly number[] = [24, 28, 30];

/** The address family. Families are small numbers: so it shows in which order they are written. */
export function loopbackFamily(octets: Uint8Array, at: number): number {
  const family = u32(octets, at);
  return family > 0xffff ? fileU32(octets, at, true) : family;
}

/** The version of IP that `family` stands for; `null` for another protocol. */
export function loopbackIpVersion(family: number): 4 | 6 | null {
  if (family === IPV4) return 4;
  return IPV6.includes(family) ? 6 : null;
}
