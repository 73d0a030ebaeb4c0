/**
 * Messages that wait for an answer: sent again at even intervals, until there have been enough.
 *
 * @module
 */
import type { Timers } from './configuration.ts';

/** Times are in milliseconds, of the clock that comes in. */
export interface Retransmission {
  /** What is sent again: a message, or its fragments. */
  readonly datagrams: readonly Uint8Array[];
  /** How many times more. */
  readonly left: number;
  /** When next; past that with none left, nobody has answered. */
  readonly at: number;
}

/** What was sent at `now` for the first time. */
export function sentFirst(
  datagrams: readonly Uint8Array[],
  timers: Timers,
  now: number,
): Retransmission {
  return { datagrams, left: timers.retransmissions, at: now + timers.retransmissionSeconds * 1000 };
}

/** `sent`, sent once more at `now`; `null` when it was sent often enough. */
export function sentAgain(
  sent: Retransmission,
  timers: Timers,
  now: number,
): Retransmission | null {
  if (sent.left === 0) return null;
  return { ...sent, left: sent.left - 1, at: now + timers.retransmissionSeconds * 1000 };
}
