/**
 * A packet in the ring of a packet socket, as the kernel left it there (packet(7), TPACKET_V3):
 *
 *     0  offset of the next           20  status
 *     4  seconds                      24  where the link-layer header stands (u16)
 *     8  nanoseconds                  32  VLAN tag, 36 what announces it (u16)
 *    12  octets captured              48  struct sockaddr_ll: 2 protocol, 4 interface, 8 kind of
 *    16  octets on the wire               interface, 10 packet type, 11 address length, 12 address
 *
 * @module
 */
import { hostU16, hostU32 } from '../octets/host.ts';
import { u16 } from '../octets/octets.ts';
import { CapturedPacket } from '../wire/captured-packet.ts';
import { ETHERNET_ADDRESS_LENGTH } from '../wire/ethernet.ts';
import { COOKED_HEADER_LENGTH, emitCooked } from '../wire/linux-cooked.ts';
import { LINK_TYPE_OF } from '../wire/pcap.ts';
import { emitVlanTag, VLAN_ETHER_TYPE, VLAN_TAG_LENGTH } from '../wire/vlan.ts';
import { ARPHRD } from './network-interfaces.ts';

const NEXT = 0;
const SECONDS = 4;
const NANOSECONDS = 8;
const CAPTURED_LENGTH = 12;
const ORIGINAL_LENGTH = 16;
const STATUS = 20;
const LINK_OFFSET = 24;
const VLAN_TAG = 32;
const VLAN_ANNOUNCER = 36;
const STATUS_HAS_VLAN = 0x10;
const STATUS_HAS_ANNOUNCER = 0x40;

const ADDRESS = 48;
const ADDRESS_PROTOCOL = ADDRESS + 2;
const ADDRESS_INTERFACE = ADDRESS + 4;
const ADDRESS_HARDWARE_TYPE = ADDRESS + 8;
const ADDRESS_PACKET_TYPE = ADDRESS + 10;
const ADDRESS_LENGTH = ADDRESS + 11;
const ADDRESS_OCTETS = ADDRESS + 12;
const FROM_US = 4;

/** Packets that come to this host, that leave it, or both. */
export type WantedDirection = 'in' | 'out' | 'inout';

/** From the packet at `at` to the one after it in its block. */
export function lengthInRing(octets: Uint8Array, at: number): number {
  return hostU32(octets, at + NEXT);
}

/**
 * Whether the packet at `at` goes in `direction`. On the loopback interface every packet passes twice,
 * and once is enough.
 */
export function isWanted(octets: Uint8Array, at: number, direction: WantedDirection): boolean {
  const fromUs = octets[at + ADDRESS_PACKET_TYPE] === FROM_US;
  if (fromUs && hostU16(octets, at + ADDRESS_HARDWARE_TYPE) === ARPHRD.LOOPBACK) return false;
  return direction === 'inout' || (direction === 'out') === fromUs;
}

/**
 * The packet at `at`, where it stands. What the kernel keeps apart is written in front of it: the VLAN
 * tag of Ethernet, the whole header of `LINUX_SLL2`.
 */
export function ringPacket(octets: Uint8Array, at: number, linkType: number): CapturedPacket {
  const from = at + hostU16(octets, at + LINK_OFFSET);
  let before = 0;
  if (linkType === LINK_TYPE_OF.LINUX_SLL2) before = putCookedHeader(octets, at, from);
  else if (linkType === LINK_TYPE_OF.ETHERNET) before = putVlanTag(octets, at, from);
  return new CapturedPacket(
    hostU32(octets, at + SECONDS),
    hostU32(octets, at + NANOSECONDS),
    hostU32(octets, at + ORIGINAL_LENGTH) + before,
    linkType,
    octets,
    from - before,
    hostU32(octets, at + CAPTURED_LENGTH) + before,
  );
}

/** Writes the header in front of what stands at `from`; how many octets it takes. */
function putCookedHeader(octets: Uint8Array, at: number, from: number): number {
  const header = {
    protocol: u16(octets, at + ADDRESS_PROTOCOL),
    interfaceIndex: hostU32(octets, at + ADDRESS_INTERFACE),
    hardwareType: hostU16(octets, at + ADDRESS_HARDWARE_TYPE),
    packetType: octets[at + ADDRESS_PACKET_TYPE] ?? 0,
    addressLength: octets[at + ADDRESS_LENGTH] ?? 0,
  };
  const length = COOKED_HEADER_LENGTH[2];
  emitCooked(header, octets, at + ADDRESS_OCTETS, octets, from - length);
  return length;
}

/** Puts the tag, which the kernel has taken off, back; how many octets it takes. */
function putVlanTag(octets: Uint8Array, at: number, from: number): number {
  const status = hostU32(octets, at + STATUS);
  if (!(status & STATUS_HAS_VLAN)) return 0;
  const announcer =
    status & STATUS_HAS_ANNOUNCER ? hostU16(octets, at + VLAN_ANNOUNCER) : VLAN_ETHER_TYPE.CUSTOMER;
  const addresses = 2 * ETHERNET_ADDRESS_LENGTH;
  const etherType = u16(octets, from + addresses);
  octets.copyWithin(from - VLAN_TAG_LENGTH, from, from + addresses);
  const tag = from - VLAN_TAG_LENGTH + addresses;
  octets[tag] = announcer >>> 8;
  octets[tag + 1] = announcer;
  emitVlanTag(hostU32(octets, at + VLAN_TAG) & 0xffff, etherType, octets, tag + 2);
  return VLAN_TAG_LENGTH;
}
