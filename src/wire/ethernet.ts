/**
 * Ethernet II frames (IEEE Std 802.3 §3.2.6). The tag that an EtherType may announce is `vlan.ts`.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |              Destination, 6 octets                            |
 * +                               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                               |   Source, 6 octets            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +
 * |                                                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          EtherType            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */
import { Malformed } from '../octets/malformed.ts';
import { setU16, u16 } from '../octets/octets.ts';

/** Where the destination address stands. */
export const ETHERNET_DESTINATION = 0;
/** Where the source address stands. */
export const ETHERNET_SOURCE = 6;
const ETHER_TYPE = 12;

/** Octets of an address. */
export const ETHERNET_ADDRESS_LENGTH = 6;
/** Octets before the payload, or the first tag. */
export const ETHERNET_HEADER_LENGTH = 14;

/** EtherTypes (IANA "IEEE 802 Numbers"). */
export const ETHER_TYPE_OF = { IPV4: 0x0800, ARP: 0x0806, IPV6: 0x86dd } as const;

/** Checks that the `length` octets at `at` hold a header. */
export function checkEthernet(_octets: Uint8Array, _at: number, length: number): Malformed | null {
  if (length >= ETHERNET_HEADER_LENGTH) return null;
  return Malformed.truncated('Ethernet header', ETHERNET_HEADER_LENGTH, length);
}

/** What follows; below 1536 a length of IEEE 802.3, with LLC to follow. */
export function ethernetType(octets: Uint8Array, at: number): number {
  return u16(octets, at + ETHER_TYPE);
}

/** Writes the header of {@link ETHERNET_HEADER_LENGTH} octets at `at`. */
export function emitEthernetHeader(
  destination: Uint8Array,
  source: Uint8Array,
  type: number,
  octets: Uint8Array,
  at: number,
): void {
  octets.set(destination, at + ETHERNET_DESTINATION);
  octets.set(source, at + ETHERNET_SOURCE);
  setU16(octets, at + ETHER_TYPE, type);
}
