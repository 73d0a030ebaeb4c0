/**
 * The IVs of one SA's packets.
 *
 * @module
 */
import { type EncryptionAlgorithm, isCounterMode } from '../crypto/algorithm.ts';
import type { CryptoProvider } from '../crypto/context.ts';
import { setU32, u32 } from '../octets/octets.ts';
import type { Trains } from '../octets/trains.ts';

export interface IvSource {
  /** Writes the IV of the next packet to `at`. */
  next(at: number): void;
  /** Writes those of the next `count` packets, a train, `stride` octets from one to the next. */
  nextOf(steps: Trains, at: number, stride: number, count: number): void;
}

/** IVs as `algorithm` wants them, written to the memory of `crypto`. */
export function ivSource(algorithm: EncryptionAlgorithm, crypto: CryptoProvider): IvSource {
  if (isCounterMode(algorithm)) return new CountedIvs(crypto);
  const { ivLength } = algorithm;
  // Unpredictable for CBC (RFC 3602 §3).
  return {
    next: (at) => crypto.random(at, ivLength),
    nextOf: (_steps, at, stride, count) => {
      for (let k = 0; k < count; k++) crypto.random(at + k * stride, ivLength);
    },
  };
}

const IV_LENGTH = 8;

/**
 * IVs that never repeat within the SA, as counter modes need (RFC 3686 §3.1, RFC 4106 §3.1, RFC 4309
 * §3.1, RFC 4543 §3.1, RFC 7634 §2): a counter of 64 bits, where sequence numbers have 32.
 *
 * It begins at a random place. With manual keys, a host that restarts sends under the same key once
 * more, and a counter from zero would repeat every IV, for certain. This way it takes bad luck:
 * of n packets before and m after, runs meet with a chance of about (n + m) / 2^64. That is still
 * no more than improbable, and why the configuration warns of such keys.
 */
class CountedIvs implements IvSource {
  readonly #crypto: CryptoProvider;
  #begun = false;
  #high = 0;
  #low = 0;

  constructor(crypto: CryptoProvider) {
    this.#crypto = crypto;
  }

  next(at: number): void {
    const { octets } = this.#crypto.memory;
    if (this.#begun) {
      this.#low = (this.#low + 1) >>> 0;
      if (this.#low === 0) this.#high = (this.#high + 1) >>> 0;
      setU32(octets, at, this.#high);
      setU32(octets, at + 4, this.#low);
      return;
    }
    this.#crypto.random(at, IV_LENGTH);
    this.#high = u32(octets, at);
    this.#low = u32(octets, at + 4);
    this.#begun = true;
  }

  nextOf(steps: Trains, at: number, stride: number, count: number): void {
    // The first of all is drawn.
    this.next(at);
    const [high, low] = [this.#high, this.#low];
    steps.countIvs(at, stride, count, high, low);
    this.#low = (low + count - 1) >>> 0;
    if (this.#low < low) this.#high = (high + 1) >>> 0;
  }
}
