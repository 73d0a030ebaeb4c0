/**
 * Threads that carry the packets of one host side by side, each with a queue of the host's packets and sockets of its
 * own. Each can process any packet; but packets of one SA that take turns between threads overtake each other,
 * and fall out of the receiver's window. So what goes between two addresses has one worker, both ways:
 *
 *   host ── by flow ──► worker 0 ──► its own ────────────────► network
 *        ── by flow ──► worker 1 ──► worker 0's ── handed over ──► worker 0
 *   network ── by addresses ──► worker, which delivers to its queue: the host's answers come there
 *
 * @module
 */
import type { DiscardCounters } from '../ipsec/backend.ts';
import type { Packet } from '../ipsec/packet.ts';
import type { Update } from '../ipsec/update.ts';
import { u32 } from '../octets/octets.ts';
import type { Offload } from '../wire/virtio-net.ts';

/** Which of them one is. */
export interface WorkerPlace {
  /** From 0 on. */
  readonly number: number;
  /** How many there are. */
  readonly count: number;
}

/** Who carries all packets. */
export const ALONE: WorkerPlace = { number: 0, count: 1 };

/** The others, as each of them sees them. */
export interface Neighbours extends WorkerPlace {
  /**
   * Hands worker `number` a packet of the host, on which that left `offload` to be done; `false` when that one has
   * no room for it.
   */
  handOver(number: number, packet: Packet, offload: Readonly<Offload>): boolean;
}

/** The others, as worker 0 sees them: they have copies of its databases. */
export interface Copies {
  /** Has them make the same changes; they are made when it returns. */
  follow(update: Update): void;
  /** Has them tell of SAs that they want, or not any more. */
  watch(isWatched: boolean): void;
  /** Packets that they discarded, by reason. */
  discards(): DiscardCounters;
}

/** Spreads what differs in few bits: 2^32 through the golden ratio. */
export const STEERING_FACTOR = 0x9e3779b1;
/** The lower bits of a product are the worse ones. */
export const STEERING_SHIFT = 16;

/** Which of `count` workers has what goes between two addresses of `version`, whichever way. */
export function workerBetween(
  version: 4 | 6,
  a: Uint8Array,
  aAt: number,
  b: Uint8Array,
  bAt: number,
  count: number,
): number {
  let sum = 0;
  for (let k = 0; k < (version === 4 ? 4 : 16); k += 4) sum ^= u32(a, aAt + k) ^ u32(b, bAt + k);
  return ((Math.imul(sum, STEERING_FACTOR) >>> 0) >>> STEERING_SHIFT) % count;
}
