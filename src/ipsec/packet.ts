/**
 * A packet in memory, as the transforms work on it.
 *
 * @module
 */
import type { Memory } from '../crypto/context.ts';

/** The longest IP packet, jumbograms aside. */
export const LONGEST_PACKET = 0xffff;

/** Free octets that a packet needs before its first, so that headers can be put on. */
export const HEADROOM = 1024;

/** Free octets that a packet needs after its last, for padding and ICVs. */
export const TAILROOM = 640;

/**
 * The first octets of every memory belong to the transforms: what they set aside for a moment stands
 * there, each thing in its own place.
 */
export const SCRATCH = {
  /** A header to restore. */
  header: 0,
  /** Longer ones have no place. */
  longestHeader: 640,
  /** An ICV to compare. */
  icv: 640,
  /** What an AEAD authenticates beside the payload. */
  aad: 704,
  /** The header that every fragment gets. */
  fragmentHeader: 768,
  /** The headers of a packet that others may be like. */
  flow: 1536,
  /** Longer ones have no place. */
  longestFlow: 128,
  /** What stands in front of the ESP packets of a series. */
  front: 1664,
  /** Longer ones have no place. */
  longestFront: 128,
  /** A packet that was inflated, its headroom included. */
  inflated: 2048,
} as const;

export const SCRATCH_LENGTH: number = SCRATCH.inflated + HEADROOM + LONGEST_PACKET + 1 + TAILROOM;

/**
 * One IP packet: `length` octets at `at`. The same object serves for packet after packet; transforms
 * move its borders instead of its octets.
 */
export interface Packet {
  readonly memory: Memory;
  at: number;
  length: number;
}

/** The octets of `packet`, as a view. */
export function packetOctets(packet: Packet): Uint8Array {
  return packet.memory.octets.subarray(packet.at, packet.at + packet.length);
}
