/**
 * What one thread alone counts of an SA.
 *
 * @module
 */
import { GROWING_ZERO } from '../octets/growing.ts';
import type { Instant } from './backend.ts';
import { type DiscardReason, DiscardTally } from './discard-reason.ts';
import type { Progress } from './progress.ts';
import { ReplayWindow } from './replay-window.ts';
import type { SaCounts } from './sa-counts.ts';

export class OwnCounts implements SaCounts {
  readonly #window: ReplayWindow | null;
  #sent: number;
  #received: number;
  #octets = GROWING_ZERO;
  #packets = GROWING_ZERO;
  #usedAt: Instant | null = null;
  #discards: DiscardTally | null = null;

  /** Counts from `progress` on, with a window of so many packets; 0 is none. */
  constructor({ sent, received }: Progress, replayWindow: number) {
    this.#sent = sent;
    this.#received = received;
    this.#window = replayWindow > 0 ? new ReplayWindow(replayWindow, received) : null;
  }

  get sent(): number {
    return this.#sent;
  }

  get received(): number {
    return this.#received;
  }

  get octets(): number {
    return this.#octets;
  }

  get packets(): number {
    return this.#packets;
  }

  get usedAt(): Instant | null {
    return this.#usedAt;
  }

  get window(): SaCounts['window'] {
    return this.#window && { highest: this.#window.highest, missing: this.#window.missing };
  }

  get discards(): Readonly<Record<string, number>> {
    return this.#discards?.snapshot() ?? {};
  }

  left(last: number): number {
    return last - this.#sent;
  }

  take(count: number): number {
    const first = this.#sent + 1;
    this.#sent += count;
    return first;
  }

  use(octets: number, count: number, now: Instant): void {
    this.#octets += octets * count;
    this.#packets += count;
    this.#usedAt = now;
  }

  mayAccept(sequenceNumber: number): boolean {
    return this.#window === null || this.#window.check(sequenceNumber);
  }

  accept(sequenceNumber: number): boolean {
    if (!this.mayAccept(sequenceNumber)) return false;
    this.#window?.accept(sequenceNumber);
    if (sequenceNumber > this.#received) this.#received = sequenceNumber;
    return true;
  }

  isAhead(sequenceNumber: number): boolean {
    return this.#window === null || sequenceNumber > this.#window.highest;
  }

  acceptTrain(first: number, count: number): boolean {
    if (!this.isAhead(first)) return false;
    this.#window?.acceptTrain(first, count);
    this.#received = Math.max(this.#received, first + count - 1);
    return true;
  }

  discard(reason: DiscardReason): void {
    this.#discards ??= new DiscardTally();
    this.#discards.count(reason);
  }
}
