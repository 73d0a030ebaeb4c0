/**
 * `xfrm_address_t` (linux/xfrm.h): 16 octets for an address of either family. An IPv4 address stands
 * in the first four and zeros follow.
 *
 * @module
 */
import { type IpAddress, ipAddressAt } from '../net/ip-address.ts';

export const XFRM_ADDRESS_LENGTH = 16;

const IPV4_LENGTH = 4;

/** AF_INET and AF_INET6 as Linux numbers them; 0 is AF_UNSPEC. */
export const XFRM_FAMILY = { 4: 2, 6: 10 } as const;

/** The address of any host, or of none: zeros. */
export const XFRM_ANY_ADDRESS: Uint8Array = new Uint8Array(XFRM_ADDRESS_LENGTH);

/** `address` as 16 octets. */
export function emitXfrmAddress(address: IpAddress): Uint8Array {
  const octets = new Uint8Array(XFRM_ADDRESS_LENGTH);
  octets.set(address.octets);
  return octets;
}

/**
 * The 16 octets at `at`, copied, with zeros behind an IPv4 address: Linux leaves there whatever was
 * there before where an address comes from a packet.
 */
export function xfrmAddressAt(family: number, octets: Uint8Array, at: number): Uint8Array {
  const address = octets.slice(at, at + XFRM_ADDRESS_LENGTH);
  return family === XFRM_FAMILY[4] ? address.fill(0, IPV4_LENGTH) : address;
}

/** The address of `family` in 16 octets, copied; `undefined` for other families. */
export function parseXfrmAddress(family: number, octets: Uint8Array): IpAddress | undefined {
  if (family === XFRM_FAMILY[4]) return ipAddressAt(4, octets, 0);
  return family === XFRM_FAMILY[6] ? ipAddressAt(6, octets, 0) : undefined;
}
