/**
 * The sequence numbers of one SA as they pass by: what is missing, what came late, what came twice.
 *
 * @module
 */
import { ReplayWindow } from '../ipsec/replay-window.ts';
import { extendSequenceNumber } from '../ipsec/sequence-number.ts';

/**
 * How a packet stands to those before it: the `first`; the `next` one; one after a `gap`; `late`,
 * filling one; a `replay` of a number that was seen; or too `old` to tell.
 */
export type Arrival = 'first' | 'next' | 'gap' | 'late' | 'replay' | 'old';

/** Implementation constant: how far back numbers are remembered. */
const WINDOW = 1024;

export class SequenceTrack {
  readonly #window = new ReplayWindow(WINDOW);
  readonly #extended: boolean;
  /** The highest number, before the first packet what somebody knew of it. */
  #highest: number;
  #begun = false;
  #missing = 0;
  #lastGap = 0;
  #late = 0;
  #replays = 0;

  /** `highest` is the last number known; where they are extended, it tells the high half. */
  constructor(extended: boolean, highest = 0) {
    this.#extended = extended;
    this.#highest = highest;
  }

  get highest(): number {
    return this.#highest;
  }

  /** Numbers that were passed over and did not come since. */
  get missing(): number {
    return this.#missing;
  }

  /** Numbers that the last gap passed over. */
  get lastGap(): number {
    return this.#lastGap;
  }

  /** Packets that came after one of a higher number. */
  get late(): number {
    return this.#late;
  }

  /** Packets of a number that had come. */
  get replays(): number {
    return this.#replays;
  }

  /** The whole number of a packet that shows `low` of it (RFC 4303 §2.2.1). */
  whole(low: number): number {
    if (!this.#extended) return low;
    return Math.max(low, extendSequenceNumber(low, this.#highest, WINDOW));
  }

  /** Takes note of a packet: authentic, or as far as anybody can tell. */
  note(sequenceNumber: number): Arrival {
    const arrival = this.#arrivalOf(sequenceNumber);
    switch (arrival) {
      case 'gap':
        this.#lastGap = sequenceNumber - this.#highest - 1;
        this.#missing += this.#lastGap;
        break;
      case 'late':
        this.#late += 1;
        if (this.#missing > 0) this.#missing -= 1;
        break;
      case 'old':
        this.#late += 1;
        return arrival;
      case 'replay':
        this.#replays += 1;
        return arrival;
      case 'first':
      case 'next':
        break;
    }
    this.#begun = true;
    this.#window.accept(sequenceNumber);
    if (sequenceNumber > this.#highest || arrival === 'first') this.#highest = sequenceNumber;
    return arrival;
  }

  #arrivalOf(sequenceNumber: number): Arrival {
    // RFC 4303 §3.3.3: the first packet has number 1.
    if (sequenceNumber === 0) return 'old';
    if (!this.#begun) return 'first';
    if (sequenceNumber === this.#highest + 1) return 'next';
    if (sequenceNumber > this.#highest) return 'gap';
    if (this.#highest - sequenceNumber >= WINDOW) return 'old';
    return this.#window.check(sequenceNumber) ? 'late' : 'replay';
  }
}
