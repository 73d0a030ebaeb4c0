/**
 * Dead peer detection (RFC 3706): a peer that is silent for too long is asked whether it is there, and
 * taken for dead when it does not say so.
 *
 * @module
 */
import type { DeadPeerDetection } from '../peer.ts';

/** Times are in milliseconds, of the clock that comes in. */
export interface Liveness {
  /** When the peer last proved that it lives. */
  readonly heardAt: number;
  /** Questions since then. */
  readonly asked: number;
  /** The sequence number of the last question. */
  readonly sequence: number;
  /** When to ask again; `null` is never. */
  readonly at: number | null;
}

/** What is to be done when it is time. */
export type LivenessStep =
  | { readonly kind: 'ask'; readonly liveness: Liveness; readonly sequence: number }
  | { readonly kind: 'dead' };

/** A peer that was heard at `now`, and whose questions will have numbers after `sequence`. */
export function aliveAt(settings: DeadPeerDetection, sequence: number, now: number): Liveness {
  const { delaySeconds } = settings;
  const at = delaySeconds === 0 ? null : now + delaySeconds * 1000;
  return { heardAt: now, asked: 0, sequence, at };
}

/** Whether `sequence` is the number of a question that was not answered yet. */
export function wasAsked(liveness: Liveness, sequence: number): boolean {
  return (liveness.sequence - sequence) >>> 0 < liveness.asked;
}

/** `liveness`, when it is time to ask, or to ask no more. */
export function whenSilent(
  settings: DeadPeerDetection,
  liveness: Liveness,
  now: number,
): LivenessStep {
  if (liveness.asked >= settings.mostFailures) return { kind: 'dead' };
  const sequence = (liveness.sequence + 1) >>> 0;
  const asked = liveness.asked + 1;
  const at = now + settings.retrySeconds * 1000;
  return { kind: 'ask', liveness: { ...liveness, sequence, asked, at }, sequence };
}
