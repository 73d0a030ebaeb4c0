/**
 * Calls of crypto libraries that are put off, to be made many at once (`foreign-calls.ts`).
 *
 * @module
 */
import { u8 } from '../octets/octets.ts';
import { ForeignCalls } from './foreign-calls.ts';
import { PinnedMemory } from './pinned-memory.ts';

/** Where a function stands, or what one is given. */
type Word = number;

/** Calls that one packet takes at most. */
const MOST_CALLS = 6;
/** Packets that may wait. */
const MOST_PACKETS = 128;
const CAPACITY = MOST_PACKETS * MOST_CALLS;
/** Room for the nonce of any AEAD, and for an ICV. */
const SLOT_LENGTH = 16;
/** What functions return is looked at afterwards, if at all. */
const FREE = 0;
const BOUND = 1;

export class Deferred {
  readonly #calls = new ForeignCalls(CAPACITY);
  readonly #nonces = new PinnedMemory(CAPACITY * SLOT_LENGTH);
  readonly #icvs = new PinnedMemory(CAPACITY * SLOT_LENGTH);
  /** What each call returns when all is well, and whether it must. */
  readonly #goods = new Int8Array(CAPACITY);
  readonly #bonds = new Uint8Array(CAPACITY);
  /** How many of the calls that wait are bound. */
  #boundCount = 0;
  readonly #takeReason: () => string;

  /** `takeReason` tells why a call did not return what it must. */
  constructor(takeReason: () => string) {
    this.#takeReason = takeReason;
  }

  /** Whether the calls of one more packet may be added. */
  get hasRoom(): boolean {
    return this.#calls.hasRoom(MOST_CALLS);
  }

  /**
   * Puts down the nonce of the packet whose first call is added next, and returns where: the salt, and
   * the IV at `ivAt`, of `ivLength` octets, a multiple of four.
   */
  nonce(salt: Uint8Array, packets: DataView, ivAt: number, ivLength: number): Word {
    const at = this.#calls.count * SLOT_LENGTH;
    const nonces = this.#nonces.view;
    for (let k = 0; k < salt.length; k++) nonces.setUint8(at + k, u8(salt, k));
    for (let k = 0; k < ivLength; k += 4) {
      nonces.setUint32(at + salt.length + k, packets.getUint32(ivAt + k));
    }
    return this.#nonces.address + at;
  }

  /** Where the call that is added next may write an ICV of up to 16 octets. */
  get icv(): Word {
    return this.#icvs.address + this.#calls.count * SLOT_LENGTH;
  }

  /** Adds a call of a function that returns 1, or there is something wrong with us. */
  must(target: Word, a: Word, b: Word, c: Word, d: Word, e: Word): void {
    this.#expect(this.#calls.add(target, a, b, c, d, e), 1, BOUND);
    this.#boundCount += 1;
  }

  /** Adds a call that has {@link succeeded} if it returns `good`; the number to ask by. */
  may(good: number, target: Word, a: Word, b: Word, c: Word, d: Word, e: Word): number {
    return this.#expect(this.#calls.add(target, a, b, c, d, e), good, FREE);
  }

  /** Adds a call of a function that returns nothing. */
  just(target: Word, a: Word, b: Word, c: Word, d: Word, e: Word): void {
    this.#expect(this.#calls.add(target, a, b, c, d, e), 0, FREE);
  }

  /** As {@link just}, of a function with ten arguments. */
  justTen(
    target: Word,
    a: Word,
    b: Word,
    c: Word,
    d: Word,
    e: Word,
    f: Word,
    g: Word,
    h: Word,
    i: Word,
    j: Word,
  ): void {
    this.#expect(this.#calls.addMore(target, a, b, c, d, e, f, g, h, i, j), 0, FREE);
  }

  #expect(place: number, good: number, bond: number): number {
    this.#goods[place] = good;
    this.#bonds[place] = bond;
    return place;
  }

  /** Makes the calls that wait. */
  settle(): void {
    const { count } = this.#calls;
    if (count === 0) return;
    this.#calls.run();
    if (this.#boundCount === 0) return;
    this.#boundCount = 0;
    for (let place = 0; place < count; place++) {
      if (this.#bonds[place] === FREE || this.succeeded(place)) continue;
      throw new Error(`Bug: a call put off has failed: ${this.#takeReason()}; please report`);
    }
  }

  /** Whether the call of that number returned what it does when all is well. */
  succeeded(number: number): boolean {
    return this.#calls.returned(number) === this.#goods[number];
  }
}
