/**
 * The anti-replay window (RFC 4303 §3.4.3, the same in RFC 4302 §3.4.3).
 *
 *                     size
 *            ◄──────────────────►
 *   ─────────┬──────────────────┬──────────► sequence numbers
 *   too old  │ seen or not seen │  new
 *                               ▲
 *                            highest
 *
 * A packet is checked before its ICV is verified, and accepted after: only authentic packets move
 * the window. The bits lie in a ring, one for each sequence number modulo the ring's length.
 *
 * @module
 */

const WORD_BITS = 32;
const ALL = 0xffffffff;

export class ReplayWindow {
  readonly #size: number;
  readonly #words: Uint32Array<ArrayBufferLike>;
  #highest: number;

  /**
   * Remembers the last `size` sequence numbers, a positive integer, in as many `words` as
   * {@link wordsFor} says. Those up to `highest` count as accepted.
   */
  constructor(
    size: number,
    highest = 0,
    words: Uint32Array<ArrayBufferLike> = new Uint32Array(ReplayWindow.wordsFor(size)),
  ) {
    this.#size = size;
    this.#highest = highest;
    this.#words = words;
    if (highest === 0) return;
    this.#words.fill(ALL);
    this.#words[this.#place(highest)] = bitsUpTo(highest);
  }

  /**
   * Words of 32 bits for a window of `size`: one more than it needs, since the word being entered is cleared as a
   * whole.
   */
  static wordsFor(size: number): number {
    return Math.ceil(size / WORD_BITS) + 1;
  }

  /** Takes it that `highest` is the highest accepted, and the words say so: another thread wrote them. */
  goOnFrom(highest: number): void {
    this.#highest = highest;
  }

  /** The highest sequence number accepted; 0 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** How many of the numbers that it covers, from 1 on, were not accepted. */
  get missing(): number {
    let missing = 0;
    for (
      let number = Math.max(1, this.#highest - this.#size + 1);
      number < this.#highest;
      number++
    ) {
      if ((this.#word(number) & bitOf(number)) === 0) missing += 1;
    }
    return missing;
  }

  /** Whether `sequenceNumber` is new: to be asked before the ICV is verified. */
  check(sequenceNumber: number): boolean {
    if (sequenceNumber === 0) return false;
    if (sequenceNumber > this.#highest) return true;
    if (this.#highest - sequenceNumber >= this.#size) return false;
    return (this.#word(sequenceNumber) & bitOf(sequenceNumber)) === 0;
  }

  /** Remembers `sequenceNumber`, which {@link check} let pass and whose ICV was right. */
  accept(sequenceNumber: number): void {
    if (sequenceNumber > this.#highest) this.#moveTo(sequenceNumber);
    const place = this.#place(sequenceNumber);
    this.#words[place] = this.#word(sequenceNumber) | bitOf(sequenceNumber);
  }

  /** As {@link accept}, of `count` numbers from `first` on, all above {@link highest}. */
  acceptTrain(first: number, count: number): void {
    const last = first + count - 1;
    this.#moveTo(last);
    // What falls out of the window at once has no place there.
    let number = Math.max(first, last - this.#size + 1);
    while (number <= last) {
      const end = Math.min(last, number + WORD_BITS - 1 - (number % WORD_BITS));
      const bits = bitsUpTo(end) & ~(bitOf(number) - 1);
      this.#words[this.#place(number)] = this.#word(number) | bits;
      number = end + 1;
    }
  }

  /** Clears the words between the old highest number and the new one. */
  #moveTo(sequenceNumber: number): void {
    const from = Math.floor(this.#highest / WORD_BITS);
    const to = Math.floor(sequenceNumber / WORD_BITS);
    const words = Math.min(to - from, this.#words.length);
    for (let k = 1; k <= words; k++) this.#words[(from + k) % this.#words.length] = 0;
    this.#highest = sequenceNumber;
  }

  #word(sequenceNumber: number): number {
    return this.#words[this.#place(sequenceNumber)] ?? 0;
  }

  #place(sequenceNumber: number): number {
    return Math.floor(sequenceNumber / WORD_BITS) % this.#words.length;
  }
}

/** In its word, the bits of `sequenceNumber` and of those before it. */
function bitsUpTo(sequenceNumber: number): number {
  return ALL >>> (WORD_BITS - 1 - (sequenceNumber % WORD_BITS));
}

function bitOf(sequenceNumber: number): number {
  return 1 << (sequenceNumber % WORD_BITS);
}
