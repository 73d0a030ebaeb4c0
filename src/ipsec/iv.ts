/**
 * The IVs of one SA's packets.
 *
 * @module
 */
import { type EncryptionAlgorithm, isCounterMode } from '../crypto/algorithm.ts';
import type { CryptoProvider } from '../crypto/context.ts';
import type { RandomPool } from '../crypto/random-pool.ts';
import { GROWING_ZERO } from '../octets/growing.ts';
import { setU32, u32 } from '../octets/octets.ts';
import type { Trains } from '../octets/trains.ts';
import { highHalf, lowHalf } from './sequence-number.ts';

export interface IvSource {
  /** Writes the IV of the packet with `sequenceNumber` to `at`. */
  put(at: number, sequenceNumber: number): void;
  /** Writes those of `count` packets, a train from `sequenceNumber` on, `stride` octets from one to the next. */
  putTrain(steps: Trains, at: number, stride: number, count: number, sequenceNumber: number): void;
}

/** What the IV of sequence number 0 would be, as two halves. */
export interface IvOrigin {
  readonly high: number;
  readonly low: number;
}

/** A place to begin at that nobody can foretell. */
export function drawIvOrigin(random: RandomPool): IvOrigin {
  const octets = new Uint8Array(IV_LENGTH);
  random.fill(octets, 0, IV_LENGTH);
  return { high: u32(octets, 0), low: u32(octets, 4) };
}

/**
 * IVs as `algorithm` wants them, written to the memory of `crypto`. Several threads that send under one SA
 * have to have `origin` in common; one alone needs none.
 */
export function ivSource(
  algorithm: EncryptionAlgorithm,
  crypto: CryptoProvider,
  origin: IvOrigin | null,
): IvSource {
  if (isCounterMode(algorithm)) return new CountedIvs(crypto, origin);
  const { ivLength } = algorithm;
  // Unpredictable for CBC (RFC 3602 §3).
  return {
    put: (at) => crypto.random(at, ivLength),
    putTrain: (_steps, at, stride, count) => {
      for (let k = 0; k < count; k++) crypto.random(at + k * stride, ivLength);
    },
  };
}

const IV_LENGTH = 8;

/**
 * IVs that never repeat within the SA, as counter modes need (RFC 3686 §3.1, RFC 4106 §3.1, RFC 4309
 * §3.1, RFC 4543 §3.1, RFC 7634 §2): the sequence number, which does not repeat either, counted from a random
 * place.
 *
 * With manual keys, a host that restarts sends under the same key once more, and a counter from zero would
 * repeat every IV, for certain. This way it takes bad luck: of n packets before and m after, runs meet with a
 * chance of about (n + m) / 2^64. That is still no more than improbable, and why the configuration warns of
 * such keys.
 */
class CountedIvs implements IvSource {
  readonly #crypto: CryptoProvider;
  #begun: boolean;
  #high: number;
  #low: number;

  constructor(crypto: CryptoProvider, origin: IvOrigin | null) {
    this.#crypto = crypto;
    this.#begun = origin !== null;
    this.#high = origin?.high ?? GROWING_ZERO;
    this.#low = origin?.low ?? GROWING_ZERO;
  }

  put(at: number, sequenceNumber: number): void {
    if (!this.#begun) this.#begin(at, sequenceNumber);
    const { octets } = this.#crypto.memory;
    const low = this.#lowOf(sequenceNumber);
    setU32(octets, at, this.#highOf(sequenceNumber, low));
    setU32(octets, at + 4, low);
  }

  putTrain(steps: Trains, at: number, stride: number, count: number, sequenceNumber: number): void {
    if (!this.#begun) this.#begin(at, sequenceNumber);
    const low = this.#lowOf(sequenceNumber);
    steps.countIvs(at, stride, count, this.#highOf(sequenceNumber, low), low);
  }

  /** The first of all is drawn, where there is room for it. */
  #begin(at: number, sequenceNumber: number): void {
    this.#crypto.random(at, IV_LENGTH);
    const { octets } = this.#crypto.memory;
    const low = u32(octets, at + 4);
    this.#low = (low - lowHalf(sequenceNumber)) >>> 0;
    const borrow = this.#low > low ? 1 : 0;
    this.#high = (u32(octets, at) - highHalf(sequenceNumber) - borrow) >>> 0;
    this.#begun = true;
  }

  #lowOf(sequenceNumber: number): number {
    return (this.#low + lowHalf(sequenceNumber)) >>> 0;
  }

  #highOf(sequenceNumber: number, low: number): number {
    const carry = low < this.#low ? 1 : 0;
    return (this.#high + highHalf(sequenceNumber) + carry) >>> 0;
  }
}
