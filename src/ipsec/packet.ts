/**
 * A packet in memory, as the transforms work on it.
 *
 * @module
 */
import type { Memory } from '../crypto/context.ts';

/**
 * The first octets of every memory belong to the transforms: what they set aside for a moment (a
 * header to restore, an ICV to compare) stands there.
 */
export const SCRATCH_LENGTH = 256;

/** Free octets that a packet needs before its first, so that headers can be put on. */
export const HEADROOM = 272;

/** Free octets that a packet needs after its last, for padding and ICVs. */
export const TAILROOM = 640;

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
