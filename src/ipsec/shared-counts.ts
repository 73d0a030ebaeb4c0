/**
 * What several threads count of an SA together: each may send and receive under it.
 *
 *   lock │ IV origin │ sent, received, octets, packets, used at │ discards by reason │ window
 *
 * Whatever belongs together is read and written under the lock, so that no sequence number is given out
 * twice (RFC 4303 §3.3.3), and of two threads that have the same packet one alone accepts it (§3.4.3).
 *
 * @module
 */
import { setU32, u32 } from '../octets/octets.ts';
import type { Instant } from './backend.ts';
import { type DiscardReason, DiscardTally } from './discard-reason.ts';
import type { IvOrigin } from './iv.ts';
import type { Progress } from './progress.ts';
import { ReplayWindow } from './replay-window.ts';
import type { SaCounts } from './sa-counts.ts';

const IV_AT = 8;
const NUMBERS_AT = 16;
const DISCARDS_AT = NUMBERS_AT + 5 * 8;
const WINDOW_AT = DISCARDS_AT + DiscardTally.LENGTH;

/** Places among the numbers. */
const SENT = 0;
const RECEIVED = 1;
const OCTETS = 2;
const PACKETS = 3;
/** Not a number where the SA was never used. */
const USED_AT = 4;

/**
 * Numbers that are left at the end of all: between asking whether one is left and taking a train of them,
 * other threads may have taken some.
 */
const SLACK = 1 << 16;

/** Whoever has the lock may have been put aside by the kernel: it is tried so often before the next rest. */
const MOST_TRIES = 1000;
const REST_MS = 0.05;

/** Memory to share, for an SA that counts from `progress` on; its IVs count from `origin` on. */
export function newSharedCounts(
  { sent, received }: Progress,
  replayWindow: number,
  origin: IvOrigin,
): SharedArrayBuffer {
  const windowLength = replayWindow > 0 ? ReplayWindow.wordsFor(replayWindow) * 4 : 0;
  const memory = new SharedArrayBuffer(WINDOW_AT + windowLength);
  const numbers = new Float64Array(memory, NUMBERS_AT, 5);
  numbers.set([sent, received, 0, 0, Number.NaN]);
  const octets = new Uint8Array(memory);
  setU32(octets, IV_AT, origin.high);
  setU32(octets, IV_AT + 4, origin.low);
  if (windowLength > 0) new ReplayWindow(replayWindow, received, wordsOf(memory));
  return memory;
}

export class SharedCounts implements SaCounts {
  /** From where the IVs of the SA count, in whatever thread. */
  readonly ivOrigin: IvOrigin;
  readonly #lock: Int32Array;
  readonly #numbers: Float64Array;
  readonly #discards: DiscardTally;
  readonly #window: ReplayWindow | null;

  /** Of what {@link newSharedCounts} made for the same `replayWindow`. */
  constructor(memory: SharedArrayBuffer, replayWindow: number) {
    const octets = new Uint8Array(memory);
    this.ivOrigin = { high: u32(octets, IV_AT), low: u32(octets, IV_AT + 4) };
    this.#lock = new Int32Array(memory, 0, 1);
    this.#numbers = new Float64Array(memory, NUMBERS_AT, 5);
    this.#discards = new DiscardTally(memory, DISCARDS_AT);
    this.#window = replayWindow > 0 ? new ReplayWindow(replayWindow, 0, wordsOf(memory)) : null;
  }

  get sent(): number {
    return this.#number(SENT);
  }

  get received(): number {
    return this.#number(RECEIVED);
  }

  get octets(): number {
    return this.#number(OCTETS);
  }

  get packets(): number {
    return this.#number(PACKETS);
  }

  get usedAt(): Instant | null {
    const usedAt = this.#number(USED_AT);
    return Number.isNaN(usedAt) ? null : usedAt;
  }

  get window(): SaCounts['window'] {
    const window = this.#window;
    if (window === null) return null;
    this.#enter();
    const { highest, missing } = window;
    this.#leave();
    return { highest, missing };
  }

  get discards(): Readonly<Record<string, number>> {
    return this.#discards.snapshot();
  }

  left(last: number): number {
    return last - SLACK - this.sent;
  }

  take(count: number): number {
    this.#enter();
    const first = this.#number(SENT) + 1;
    this.#numbers[SENT] = first + count - 1;
    this.#leave();
    return first;
  }

  use(octets: number, count: number, now: Instant): void {
    this.#enter();
    this.#numbers[OCTETS] = this.#number(OCTETS) + octets * count;
    this.#numbers[PACKETS] = this.#number(PACKETS) + count;
    this.#numbers[USED_AT] = now;
    this.#leave();
  }

  mayAccept(sequenceNumber: number): boolean {
    const window = this.#window;
    if (window === null) return true;
    this.#enter();
    const mayAccept = window.check(sequenceNumber);
    this.#leave();
    return mayAccept;
  }

  accept(sequenceNumber: number): boolean {
    this.#enter();
    const isNew = this.#window === null || this.#window.check(sequenceNumber);
    if (isNew) {
      this.#window?.accept(sequenceNumber);
      if (sequenceNumber > this.#number(RECEIVED)) this.#numbers[RECEIVED] = sequenceNumber;
    }
    this.#leave();
    return isNew;
  }

  isAhead(sequenceNumber: number): boolean {
    return this.#window === null || sequenceNumber > this.received;
  }

  acceptTrain(first: number, count: number): boolean {
    this.#enter();
    const isAhead = this.#window === null || first > this.#number(RECEIVED);
    if (isAhead) {
      this.#window?.acceptTrain(first, count);
      this.#numbers[RECEIVED] = Math.max(this.#number(RECEIVED), first + count - 1);
    }
    this.#leave();
    return isAhead;
  }

  discard(reason: DiscardReason): void {
    this.#enter();
    this.#discards.count(reason);
    this.#leave();
  }

  #number(place: number): number {
    return this.#numbers[place] ?? 0;
  }

  /** Waits for the lock, which nobody has for longer than it takes to write some numbers. */
  #enter(): void {
    for (let tries = 1; Atomics.compareExchange(this.#lock, 0, 0, 1) !== 0; tries++) {
      if (tries % MOST_TRIES === 0) Atomics.wait(this.#lock, 0, 1, REST_MS);
    }
    this.#window?.goOnFrom(this.#number(RECEIVED));
  }

  #leave(): void {
    Atomics.store(this.#lock, 0, 0);
  }
}

function wordsOf(memory: SharedArrayBuffer): Uint32Array<SharedArrayBuffer> {
  return new Uint32Array(memory, WINDOW_AT);
}
