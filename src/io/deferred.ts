/**
 * Calls of crypto libraries that are put off, to be made many at once (`foreign-calls.ts`).
 *
 * @module
 */
import type { LaterTrains } from '../crypto/context.ts';
import { trainsOver } from '../octets/bulk.ts';
import { u8 } from '../octets/octets.ts';
import type { Trains } from '../octets/trains.ts';
import { ENTRY_LENGTH, ForeignCalls } from './foreign-calls.ts';
import { PinnedMemory, type PinnedPart } from './pinned-memory.ts';

/** Where a function stands, or what one is given. */
type Word = number;

/** Calls that one packet takes at most. */
const MOST_CALLS = 6;
/** Packets that may wait. */
const MOST_PACKETS = 128;
const CAPACITY = MOST_PACKETS * MOST_CALLS;
/** Room for the nonce of any AEAD, and for an ICV. */
const SLOT_LENGTH = 16;
/** Of every AEAD for ESP that there is (RFC 4106 §3.1, RFC 4309 §3.1, RFC 4543 §3.1, RFC 7634 §2). */
const IV_LENGTH = 8;
/** What functions return is looked at afterwards, if at all. */
const FREE = 0;
const BOUND = 1;

const LIST_LENGTH = CAPACITY * ENTRY_LENGTH;
const SLOTS_LENGTH = CAPACITY * SLOT_LENGTH;

export class Deferred {
  readonly #memory: PinnedMemory;
  /** How trains of packets are put off; `null` where each packet is on its own. */
  readonly trains: LaterTrains | null;
  readonly #calls: ForeignCalls;
  readonly #nonces: PinnedPart;
  readonly #icvs: PinnedPart;
  /** What each call returns when all is well, and whether it must. */
  readonly #goods = new Int8Array(CAPACITY);
  readonly #bonds = new Uint8Array(CAPACITY);
  /** How many of the calls that wait are bound. */
  #boundCount = 0;
  /** Of the last nonce: whose call it is, where its IV stands, and how far from that of the one before. */
  #nonceOf = -1;
  #ivAt = 0;
  #ivStride = 0;
  #saltLength = 0;
  readonly #takeReason: () => string;

  /** For packets in `memory`. `takeReason` tells why a call did not return what it must. */
  constructor(memory: PinnedMemory, takeReason: () => string) {
    const list = memory.setAside(LIST_LENGTH);
    const nonces = list && memory.setAside(SLOTS_LENGTH);
    this.#memory = memory;
    const steps = nonces && trainsOver(memory.octets);
    const kept = list ?? new PinnedMemory(LIST_LENGTH);
    this.#calls = new ForeignCalls(CAPACITY, undefined, kept, steps);
    this.#nonces = nonces ?? new PinnedMemory(SLOTS_LENGTH);
    this.trains = steps && new DeferredTrains(this, steps);
    this.#icvs = new PinnedMemory(SLOTS_LENGTH);
    this.#takeReason = takeReason;
  }

  /** How many calls wait. */
  get count(): number {
    return this.#calls.count;
  }

  /** Whether the calls of one more packet may be added. */
  get hasRoom(): boolean {
    return this.#calls.hasRoom(MOST_CALLS);
  }

  /**
   * Puts down the nonce of the packet whose first call is added next, and returns where: the salt, and
   * the 8 octets of the IV at `ivAt`.
   */
  nonce(salt: Uint8Array, ivAt: number): Word {
    const { count } = this.#calls;
    const packets = this.#memory.view;
    const at = count * SLOT_LENGTH;
    const nonces = this.#nonces.view;
    this.#nonceOf = count;
    this.#ivStride = ivAt - this.#ivAt;
    this.#ivAt = ivAt;
    this.#saltLength = salt.length;
    for (let k = 0; k < salt.length; k++) nonces.setUint8(at + k, u8(salt, k));
    for (let k = 0; k < IV_LENGTH; k += 4) {
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

  /** As `LaterTrains.goOn`; nonces are written by `steps`. */
  goOn(steps: Trains, from: number, times: number): void {
    const { count } = this.#calls;
    const step = (count - from) / 2;
    this.#calls.goOn(step, times);
    for (let place = count; place < this.#calls.count; place++) {
      const bond = this.#bonds[place - step] ?? FREE;
      this.#expect(place, this.#goods[place - step] ?? 0, bond);
      this.#boundCount += bond;
    }
    // Ciphers that have no nonce have their IV in the packet.
    if (this.#nonceOf < from) return;
    const slot = this.#nonceOf + step;
    const to = this.#nonces.octets.byteOffset + slot * SLOT_LENGTH;
    const [ivAt, stride] = [this.#ivAt + this.#ivStride, this.#ivStride];
    steps.nonces(to, step * SLOT_LENGTH, times, this.#saltLength, ivAt, stride);
  }

  /** Makes the calls that wait. */
  settle(): void {
    const { count } = this.#calls;
    if (count === 0) return;
    this.#calls.run();
    this.#nonceOf = -1;
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

/** {@link Deferred} where its list can be written by whole trains. */
class DeferredTrains implements LaterTrains {
  readonly steps: Trains;
  readonly #deferred: Deferred;

  constructor(deferred: Deferred, steps: Trains) {
    this.#deferred = deferred;
    this.steps = steps;
  }

  get waiting(): number {
    return this.#deferred.count;
  }

  goOn(from: number, times: number): void {
    this.#deferred.goOn(this.steps, from, times);
  }

  authentic(number: number, step: number, count: number): number {
    let succeeded = 0;
    while (succeeded < count && this.#deferred.succeeded(number + succeeded * step)) succeeded++;
    return succeeded;
  }
}
