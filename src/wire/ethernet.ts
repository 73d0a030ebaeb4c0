/**
 * Ethernet II frames and the IEEE 802.1Q tag within (IEEE Std 802.3 §3.2.6, 802.1Q §9).
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
 * |    EtherType, or 0x8100       | PCP |D|      VLAN ID          | only after 0x8100
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
/** Octets before the payload of an untagged frame. */
export const ETHERNET_HEADER_LENGTH = 14;
/** Octets that a tag adds. */
export const VLAN_TAG_LENGTH = 4;

/** EtherTypes (IANA "IEEE 802 Numbers"). */
export const ETHER_TYPE_OF = { IPV4: 0x0800, ARP: 0x0806, VLAN: 0x8100, IPV6: 0x86dd } as const;

/** Checks that the `length` octets at `at` hold a header, and the tag if it announces one. */
export function checkEthernet(octets: Uint8Array, at: number, length: number): Malformed | null {
  if (length < ETHERNET_HEADER_LENGTH) {
    return Malformed.truncated('Ethernet header', ETHERNET_HEADER_LENGTH, length);
  }
  const needed = ethernetHeaderLength(octets, at);
  return needed > length ? Malformed.truncated('802.1Q tag', needed, length) : null;
}

/** Whether the frame carries a tag. */
export function ethernetIsTagged(octets: Uint8Array, at: number): boolean {
  return u16(octets, at + ETHER_TYPE) === ETHER_TYPE_OF.VLAN;
}

/** Octets before the payload, the first tag included. */
export function ethernetHeaderLength(octets: Uint8Array, at: number): number {
  return ETHERNET_HEADER_LENGTH + (ethernetIsTagged(octets, at) ? VLAN_TAG_LENGTH : 0);
}

/** What the payload is; below 1536 a length of IEEE 802.3, with LLC to follow. */
export function ethernetType(octets: Uint8Array, at: number): number {
  return u16(octets, at + ethernetHeaderLength(octets, at) - 2);
}

/** The VLAN of a tagged frame. */
export function ethernetVlanId(octets: Uint8Array, at: number): number {
  return u16(octets, at + ETHERNET_HEADER_LENGTH) & 0x0fff;
}

/** Writes the untagged header of {@link ETHERNET_HEADER_LENGTH} octets at `at`. */
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
