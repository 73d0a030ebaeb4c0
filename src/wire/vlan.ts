/**
 * Tags of virtual LANs, between an EtherType that announces one and the EtherType of what is tagged
 * (IEEE Std 802.1Q §9.6). There may be several.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | PCP |D|      VLAN ID          |          EtherType            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */
import { setU16, u16 } from '../octets/octets.ts';

const TAG_CONTROL = 0;
const ETHER_TYPE = 2;

/** Octets of a tag. */
export const VLAN_TAG_LENGTH = 4;

/**
 * The EtherTypes that announce a tag: of a customer, of a service provider, and two from before there
 * was a standard for the latter.
 */
export const VLAN_ETHER_TYPE = {
  CUSTOMER: 0x8100,
  SERVICE: 0x88a8,
  OLD_SERVICE: 0x9100,
  OTHER_OLD_SERVICE: 0x9200,
} as const;

/** Whether a tag follows `etherType`. */
export function announcesVlanTag(etherType: number): boolean {
  return (
    etherType === VLAN_ETHER_TYPE.CUSTOMER ||
    etherType === VLAN_ETHER_TYPE.SERVICE ||
    etherType === VLAN_ETHER_TYPE.OLD_SERVICE ||
    etherType === VLAN_ETHER_TYPE.OTHER_OLD_SERVICE
  );
}

export function vlanId(octets: Uint8Array, at: number): number {
  return u16(octets, at + TAG_CONTROL) & 0x0fff;
}

/** 0 to 7 (PCP). */
export function vlanPriority(octets: Uint8Array, at: number): number {
  return u16(octets, at + TAG_CONTROL) >>> 13;
}

/** Whether the frame may be dropped first (DEI). */
export function vlanDropEligible(octets: Uint8Array, at: number): boolean {
  return (u16(octets, at + TAG_CONTROL) & 0x1000) !== 0;
}

/** Of what is tagged. */
export function vlanEtherType(octets: Uint8Array, at: number): number {
  return u16(octets, at + ETHER_TYPE);
}

/** Writes a tag whose first 16 bits are `tagControl`, and what follows it, at `at`. */
export function emitVlanTag(
  tagControl: number,
  etherType: number,
  octets: Uint8Array,
  at: number,
): void {
  setU16(octets, at + TAG_CONTROL, tagControl);
  setU16(octets, at + ETHER_TYPE, etherType);
}
