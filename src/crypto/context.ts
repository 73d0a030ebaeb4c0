/**
 * Crypto contexts: keyed once when an SA is created, used for every packet.
 *
 * A context works in place on one {@link Memory} and is told offsets, never given buffers: the
 * packet's octets do not move, nothing is allocated, and an implementation behind a foreign
 * function interface can add the offset to a fixed address. Contexts check nothing: lengths are the
 * caller's concern (a multiple of the block length, inside the memory).
 *
 * What is asked for `later` may be put off until the provider settles: an implementation for which
 * each call costs much can then make many at once.
 *
 * @module
 */
import type { Trains } from '../octets/trains.ts';
import type { AeadAlgorithm, CipherAlgorithm, IntegrityAlgorithm } from './algorithm.ts';
import type { Secret } from './secret.ts';

/** The octets that packets, IVs and ICVs stand in. They never move or grow. */
export interface Memory {
  readonly octets: Uint8Array;
}

/** A cipher with its key. */
export interface CipherContext {
  /** Enciphers `length` octets at `at` under the IV at `ivAt`, in place. */
  encipher(at: number, length: number, ivAt: number): void;
  /**
   * Deciphers `length` octets at `at` under the IV at `ivAt`, in place. What stands at `ivAt` afterwards
   * means nothing.
   */
  decipher(at: number, length: number, ivAt: number): void;
  /** The same, done when the provider settles; `null` where nothing is gained. */
  readonly later: LaterCipher | null;
  /** Forgets the key. The context must not be used afterwards. */
  destroy(): void;
}

/** As {@link CipherContext}; one IV for each packet, which stays where it is. Needs room. */
export interface LaterCipher {
  encipher(at: number, length: number, ivAt: number): void;
  decipher(at: number, length: number, ivAt: number): void;
}

/** A keyed hash with its key and the length its result is truncated to. */
export interface IntegrityContext {
  /** Writes the ICV of `length` octets at `at` to `icvAt`: `icvLength` octets, nothing past them. */
  sign(at: number, length: number, icvAt: number): void;
  /** Whether the ICV at `icvAt` is that of `length` octets at `at`; in constant time. */
  verify(at: number, length: number, icvAt: number): boolean;
  /** The same, done when the provider settles; `null` where nothing is gained. */
  readonly later: LaterIntegrity | null;
  /** Forgets the key. The context must not be used afterwards. */
  destroy(): void;
}

/** As {@link IntegrityContext}, of what the octets are by then. Needs room. */
export interface LaterIntegrity {
  sign(at: number, length: number, icvAt: number): void;
  /** The number by which the provider knows what became of it. */
  verify(at: number, length: number, icvAt: number): number;
}

/** A cipher that makes its own ICV, with its key and salt. */
export interface AeadContext {
  /**
   * Enciphers `length` octets at `at` under the IV at `ivAt`, in place, and writes the ICV of the
   * result and of the `aadLength` octets at `aadAt` to `icvAt`.
   */
  seal(
    aadAt: number,
    aadLength: number,
    at: number,
    length: number,
    ivAt: number,
    icvAt: number,
  ): void;
  /**
   * Deciphers what {@link seal} made, in place, and tells in constant time whether the ICV at
   * `icvAt` is right. If it is not, `length` zeros are left.
   */
  open(
    aadAt: number,
    aadLength: number,
    at: number,
    length: number,
    ivAt: number,
    icvAt: number,
  ): boolean;
  /** As {@link seal}, done when the provider settles at the latest. Needs room there. */
  sealLater(
    aadAt: number,
    aadLength: number,
    at: number,
    length: number,
    ivAt: number,
    icvAt: number,
  ): void;
  /**
   * As {@link open}, done when the provider settles at the latest; what became of it is known by the
   * number that this returns. Of what is not authentic, the caller makes zeros. Needs room there.
   */
  openLater(
    aadAt: number,
    aadLength: number,
    at: number,
    length: number,
    ivAt: number,
    icvAt: number,
  ): number;
  /** Forgets the key. The context must not be used afterwards. */
  destroy(): void;
}

/** How trains of packets (`octets/trains.ts`) are put off: two of one context by themselves, then the rest. */
export interface LaterTrains {
  /** What does their other steps, in the same memory. */
  readonly steps: Trains;
  /** How much was put off since the provider settled: where what is put off next begins. */
  readonly waiting: number;
  /**
   * Puts off what is to be done for `times` more packets, each as far from the one before it as the last two
   * are: these are what was put off from `from` on, the one as the other. There is room for 64 packets in all.
   */
  goOn(from: number, times: number): void;
  /**
   * Of `count` packets with the numbers `number`, `number + step` and so on: how many were authentic before
   * the first that was not; to be asked before more is put off.
   */
  authentic(number: number, step: number, count: number): number;
}

/** Makes contexts that work on one {@link Memory}. */
export interface CryptoProvider {
  readonly memory: Memory;
  /** `null` where each packet is put off by itself. */
  readonly trains: LaterTrains | null;
  /** Whether one more packet may be put off until {@link settle}. */
  readonly hasRoom: boolean;
  /** Does what was put off, in its order. */
  settle(): void;
  /** Whether what was put off under that number was authentic; to be asked before more is put off. */
  wasAuthentic(number: number): boolean;
  /** Throws `UnsupportedError` when the implementation lacks `algorithm`. */
  cipher(algorithm: CipherAlgorithm, key: Secret): CipherContext;
  /** Throws `UnsupportedError` when the implementation lacks `algorithm`. */
  aead(algorithm: AeadAlgorithm, key: Secret): AeadContext;
  /** Throws `UnsupportedError` when the implementation lacks `algorithm`. */
  integrity(algorithm: IntegrityAlgorithm, key: Secret, icvLength: number): IntegrityContext;
  /** Fills `length` octets at `at` with unpredictable ones, for IVs (RFC 3602 §3). */
  random(at: number, length: number): void;
}

/** This machine's implementation lacks something that was asked for. */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError';
}
