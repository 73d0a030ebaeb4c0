/**
 * What changes in an SA while it carries packets: sequence numbers, the anti-replay window, usage. Kept by one
 * thread (`own-counts.ts`), or by several together (`shared-counts.ts`).
 *
 * @module
 */
import type { Instant } from './backend.ts';
import type { DiscardReason } from './discard-reason.ts';

export interface SaCounts {
  /** The last sequence number sent; 0 before the first. */
  readonly sent: number;
  /** The highest one received. */
  readonly received: number;
  readonly octets: number;
  readonly packets: number;
  /** When the last packet was counted; `null` if none was. */
  readonly usedAt: Instant | null;
  /** What the anti-replay window says; `null` where there is none. */
  readonly window: { readonly highest: number; readonly missing: number } | null;
  /** Packets for the SA that nobody may see, by reason. */
  readonly discards: Readonly<Record<string, number>>;
  /** How many sequence numbers can be taken, `last` being the last of all (RFC 4303 §3.3.3). */
  left(last: number): number;
  /** Takes the next `count` sequence numbers, and returns the first of them; that of a new SA is 1. */
  take(count: number): number;
  /** Counts `count` packets of `octets` octets each. */
  use(octets: number, count: number, now: Instant): void;
  /** Whether a received sequence number may be new: asked before the ICV is verified. */
  mayAccept(sequenceNumber: number): boolean;
  /** Notes one whose packet was authentic; `false` when that is not new any more. */
  accept(sequenceNumber: number): boolean;
  /** Whether a received sequence number, and all that come after it, are ahead of the window. */
  isAhead(sequenceNumber: number): boolean;
  /** Notes `count` from `first` on, whose packets were authentic; `false` when they are not all ahead. */
  acceptTrain(first: number, count: number): boolean;
  discard(reason: DiscardReason): void;
}
