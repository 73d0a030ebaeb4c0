/**
 * Where packets stand in the memory of an engine. The two sides take turns, and use the same places.
 *
 *   scratch │ packet of the host │ answer │ place 0 │ place 1 │ ... │ place 63
 *
 * @module
 */
import type { Memory } from '../crypto/context.ts';
import {
  HEADROOM,
  LONGEST_PACKET,
  type Packet,
  SCRATCH_LENGTH,
  TAILROOM,
} from '../ipsec/packet.ts';

/** Packets that are worked on together, of each side in its turn. */
export const BATCH = 64;

/** Where a packet of the host is received, and where packets that stand alone are made. */
export const PACKET_AT: number = SCRATCH_LENGTH + HEADROOM;
/** Octets that a packet takes with the room around it: from one place to the next. */
export const PLACE_LENGTH: number = HEADROOM + LONGEST_PACKET + 1 + TAILROOM;
/** Where answers to the host's own senders are made. */
export const ANSWER_AT: number = PACKET_AT + LONGEST_PACKET + TAILROOM;
const ANSWER_LENGTH = 2048;
/** Where the packets of a batch are made, and received. */
const PLACES_AT = ANSWER_AT + ANSWER_LENGTH + HEADROOM;

/** Octets of memory that hold all of it. */
export const PLACES_END: number = PLACES_AT + BATCH * PLACE_LENGTH;

/** Where packet `place` of a batch begins, before headers are put on. */
export function placeAt(place: number): number {
  return PLACES_AT + place * PLACE_LENGTH;
}

/** The packets of a batch, each in its place. */
export function newBatch(memory: Memory): readonly Packet[] {
  return Array.from({ length: BATCH }, (_, place) => ({ memory, at: placeAt(place), length: 0 }));
}
