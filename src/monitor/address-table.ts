/**
 * Addresses with their texts. Captures have few of them, and many packets of each: so those that
 * were met lately are kept, and neither made nor written again. How many there are is bounded.
 *
 * @module
 */
import { formatHardwareAddress } from '../net/hardware-address.ts';
import {
  addressKey,
  addressStandsAt,
  formatIpAddress,
  type IpAddress,
  ipAddressAt,
} from '../net/ip-address.ts';
import { u16, u32 } from '../octets/octets.ts';
import { type Phrase, phrase } from '../octets/text-writer.ts';
import { ETHERNET_ADDRESS_LENGTH } from '../wire/ethernet.ts';

/** An address of a packet. */
export interface PacketAddress extends IpAddress {
  /** In its canonical form. */
  readonly text: string;
  /** The same, to be written again and again. */
  readonly phrase: Phrase;
}

/** An address of the link layer. */
export interface HardwareAddress {
  readonly octets: Uint8Array;
  /** `02:00:00:00:00:01`. */
  readonly text: string;
}

/** The address whose octets stand at `at`. */
export function packetAddressAt(version: 4 | 6, octets: Uint8Array, at: number): PacketAddress {
  const slot = slotOf(addressKey(version, octets, at));
  const known = addresses[slot];
  if (known?.version === version && addressStandsAt(known, octets, at)) return known;
  const address = ipAddressAt(version, octets, at);
  const text = formatIpAddress(address);
  const fresh = { version, octets: address.octets, text, phrase: phrase(text) };
  addresses[slot] = fresh;
  return fresh;
}

/** The address of six octets at `at`. */
export function hardwareAddressAt(octets: Uint8Array, at: number): HardwareAddress {
  const slot = slotOf((u16(octets, at) ^ u32(octets, at + 2)) >>> 0);
  const known = hardwareAddresses[slot];
  if (known !== undefined && standsAt(known.octets, octets, at)) return known;
  const copy = octets.slice(at, at + ETHERNET_ADDRESS_LENGTH);
  const fresh = { octets: copy, text: formatHardwareAddress(copy) };
  hardwareAddresses[slot] = fresh;
  return fresh;
}

function standsAt(wanted: Uint8Array, octets: Uint8Array, at: number): boolean {
  return u32(wanted, 0) === u32(octets, at) && u16(wanted, 4) === u16(octets, at + 4);
}

/** Multiplicative hashing: neighbours, as addresses mostly are, get slots far apart. */
function slotOf(key: number): number {
  return Math.imul(key, 0x9e3779b1) >>> (32 - SLOT_BITS);
}

const SLOT_BITS = 11;
const addresses: (PacketAddress | undefined)[] = new Array(1 << SLOT_BITS).fill(undefined);
const hardwareAddresses: (HardwareAddress | undefined)[] = new Array(1 << SLOT_BITS).fill(
  undefined,
);
