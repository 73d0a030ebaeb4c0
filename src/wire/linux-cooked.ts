/**
 * What Linux captures begin with where there is no link-layer header, or one of many interfaces
 * (LINKTYPE_LINUX_SLL, version 1, and LINKTYPE_LINUX_SLL2).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 * |         Packet Type           |       ARPHRD_ Type            | version 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      Address Length           |   Address, 8 octets           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +
 * |                                                               |
 * +                               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                               |        Protocol Type          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 * |        Protocol Type          |         Reserved              | version 2
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                        Interface Index                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |       ARPHRD_ Type            |  Packet Type  |Address Length |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      Address, 8 octets                        |
 * +                                                               +
 * |                                                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 *
 * @module
 */
import { setU8, setU16, setU32, u8, u16, u32 } from '../octets/octets.ts';

const PACKET_TYPE_1 = 0;
const ARPHRD_TYPE_1 = 2;
const ADDRESS_LENGTH_1 = 4;
const ADDRESS_1 = 6;
const PROTOCOL_1 = 14;

const PROTOCOL_2 = 0;
const RESERVED_2 = 2;
const INTERFACE_INDEX_2 = 4;
const ARPHRD_TYPE_2 = 8;
const PACKET_TYPE_2 = 10;
const ADDRESS_LENGTH_2 = 11;
const ADDRESS_2 = 12;

/** Octets of the address field, whatever the address takes. */
export const COOKED_ADDRESS_LENGTH = 8;

/** Octets of the header of either version. */
export const COOKED_HEADER_LENGTH = { 1: 16, 2: 20 } as const;

/** Which of the two headers. */
export type CookedVersion = 1 | 2;

/** How a packet was met: `sll_pkttype` of packet(7). */
export const COOKED_PACKET_TYPE = {
  TO_US: 0,
  BROADCAST: 1,
  MULTICAST: 2,
  TO_OTHERS: 3,
  FROM_US: 4,
} as const;

export function cookedPacketType(version: CookedVersion, octets: Uint8Array, at: number): number {
  return version === 1 ? u16(octets, at + PACKET_TYPE_1) : u8(octets, at + PACKET_TYPE_2);
}

/** What kind of interface, by Linux's numbers. */
export function cookedHardwareType(version: CookedVersion, octets: Uint8Array, at: number): number {
  return u16(octets, at + (version === 1 ? ARPHRD_TYPE_1 : ARPHRD_TYPE_2));
}

/** Octets of the sender's link-layer address; more than there is room for if it was cut. */
export function cookedAddressLength(
  version: CookedVersion,
  octets: Uint8Array,
  at: number,
): number {
  return version === 1 ? u16(octets, at + ADDRESS_LENGTH_1) : u8(octets, at + ADDRESS_LENGTH_2);
}

/** Where the address stands, from the start of the header. */
export function cookedAddressOffset(version: CookedVersion): number {
  return version === 1 ? ADDRESS_1 : ADDRESS_2;
}

/** An EtherType; below 1536 one of Linux's own numbers. */
export function cookedProtocol(version: CookedVersion, octets: Uint8Array, at: number): number {
  return u16(octets, at + (version === 1 ? PROTOCOL_1 : PROTOCOL_2));
}

/** Of version 2 only. */
export function cookedInterfaceIndex(octets: Uint8Array, at: number): number {
  return u32(octets, at + INTERFACE_INDEX_2);
}

/** What {@link emitCooked} writes. */
export interface CookedHeader {
  readonly protocol: number;
  readonly interfaceIndex: number;
  readonly hardwareType: number;
  readonly packetType: number;
  readonly addressLength: number;
}

/**
 * Writes a header of version 2 at `at`, its address taken from `addresses` at `addressAt`, eight
 * octets in any case. The two memories may be one, and the places overlap.
 */
export function emitCooked(
  header: CookedHeader,
  addresses: Uint8Array,
  addressAt: number,
  octets: Uint8Array,
  at: number,
): void {
  const address = addresses.subarray(addressAt, addressAt + COOKED_ADDRESS_LENGTH);
  octets.set(address, at + ADDRESS_2);
  setU16(octets, at + PROTOCOL_2, header.protocol);
  setU16(octets, at + RESERVED_2, 0);
  setU32(octets, at + INTERFACE_INDEX_2, header.interfaceIndex);
  setU16(octets, at + ARPHRD_TYPE_2, header.hardwareType);
  setU8(octets, at + PACKET_TYPE_2, header.packetType);
  setU8(octets, at + ADDRESS_LENGTH_2, header.addressLength);
}
