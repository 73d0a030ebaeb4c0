/**
 * Address Resolution Protocol for IPv4 over Ethernet (RFC 826).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Hardware type (1)         |   Protocol type (0x0800)      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Hw. length (6)|Pr. length (4) |          Opcode               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Sender hardware (6), sender protocol (4), target hardware    |
 * |  (6), target protocol address (4)                             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */
import type { IpAddress } from '../net/ip-address.ts';
import { Malformed } from '../octets/malformed.ts';
import { setU16, setU32, u16, u32 } from '../octets/octets.ts';

const TYPES = 0;
const LENGTHS = 4;
const OPCODE = 6;
/** Where the sender's hardware address stands. */
export const ARP_SENDER_HARDWARE = 8;
/** Where the sender's IPv4 address stands. */
export const ARP_SENDER_PROTOCOL = 14;
/** Where the target's hardware address stands. */
export const ARP_TARGET_HARDWARE = 18;
/** Where the target's IPv4 address stands. */
export const ARP_TARGET_PROTOCOL = 24;

/** Octets of a packet. */
export const ARP_LENGTH = 28;

export const ARP_OPCODE = { REQUEST: 1, REPLY: 2 } as const;

/** What {@link emitArp} writes. */
export interface ArpPacket {
  readonly opcode: number;
  readonly senderHardware: Uint8Array;
  readonly senderProtocol: IpAddress;
  readonly targetHardware: Uint8Array;
  readonly targetProtocol: IpAddress;
}

/** Checks that the `length` octets at `at` hold ARP for IPv4 over Ethernet. */
export function checkArp(octets: Uint8Array, at: number, length: number): Malformed | null {
  if (length < ARP_LENGTH) return Malformed.truncated('ARP packet', ARP_LENGTH, length);
  if (u32(octets, at + TYPES) !== ETHERNET_AND_IPV4) return OTHER_TYPES;
  return u16(octets, at + LENGTHS) === SIX_AND_FOUR ? null : OTHER_LENGTHS;
}

export function arpOpcode(octets: Uint8Array, at: number): number {
  return u16(octets, at + OPCODE);
}

/** Writes the {@link ARP_LENGTH} octets at `at`. */
export function emitArp(packet: ArpPacket, octets: Uint8Array, at: number): void {
  setU32(octets, at + TYPES, ETHERNET_AND_IPV4);
  setU16(octets, at + LENGTHS, SIX_AND_FOUR);
  setU16(octets, at + OPCODE, packet.opcode);
  octets.set(packet.senderHardware, at + ARP_SENDER_HARDWARE);
  octets.set(packet.senderProtocol.octets, at + ARP_SENDER_PROTOCOL);
  octets.set(packet.targetHardware, at + ARP_TARGET_HARDWARE);
  octets.set(packet.targetProtocol.octets, at + ARP_TARGET_PROTOCOL);
}

const ETHERNET_AND_IPV4 = 0x0001_0800;
const SIX_AND_FOUR = 0x0604;
const OTHER_TYPES = new Malformed('ARP packet', 'not for IPv4 over Ethernet');
const OTHER_LENGTHS = new Malformed('ARP packet', 'address lengths are not 6 and 4');
