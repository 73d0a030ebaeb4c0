/**
 * The ESP transform of one SA: payload in, ESP packet out, and back (RFC 4303 §3.3, §3.4).
 *
 *   sealed:  SPI, sequence number │ IV │ payload, padding, pad length, next header │ ICV
 *
 * What is enciphered and authenticated of it is `esp-protection.ts`'s concern.
 *
 * Everything happens in place: the payload does not move, the header goes before it and the
 * trailer after it. What surrounds the ESP packet, IP header or other, is the caller's concern.
 *
 * @module
 */
import type { CryptoProvider, LaterTrains } from '../crypto/context.ts';
import {
  checkEspTrailer,
  ESP_TRAILER_LENGTH,
  emitEspHeader,
  emitEspTrailer,
  espNextHeader,
  espPaddingIsMonotonic,
  espPadLength,
} from '../wire/esp.ts';
import type { DiscardReason } from './discard-reason.ts';
import { EspLayout } from './esp-layout.ts';
import { type EspProtection, espProtection } from './esp-protection.ts';
import { type IvOrigin, type IvSource, ivSource } from './iv.ts';
import { isAuthenticated, type SaParameters } from './sa-parameters.ts';
import { highHalf } from './sequence-number.ts';

export class EspTransform {
  /** Octets that go before the payload. */
  readonly headerLength: number;
  /** How trains are sealed and opened; `null` where each packet is by itself. */
  readonly trains: LaterTrains | null;
  readonly #spi: number;
  readonly #layout: EspLayout;
  readonly #authenticated: boolean;
  readonly #octets: Uint8Array;
  readonly #ivs: IvSource;
  readonly #protection: EspProtection;

  /** What {@link open} found: valid until it is called again. */
  payloadAt = 0;
  payloadLength = 0;
  nextHeader = 0;

  /**
   * Keys contexts of `crypto`. What other threads seal under the same keys has IVs from the same `ivOrigin`; `null`
   * is for who seals alone. Throws when an algorithm of `sa` is lacking.
   */
  constructor(sa: SaParameters, crypto: CryptoProvider, ivOrigin: IvOrigin | null = null) {
    if (sa.encryption === null) throw new RangeError('Cannot make an ESP transform without cipher');
    this.#spi = sa.spi;
    this.#layout = new EspLayout(sa);
    this.headerLength = this.#layout.headerLength;
    this.#authenticated = isAuthenticated(sa);
    this.#octets = crypto.memory.octets;
    this.#ivs = ivSource(sa.encryption.algorithm, crypto, ivOrigin);
    this.#protection = espProtection(sa, crypto);
    this.trains = this.#protection.later && crypto.trains;
  }

  /** The octets of the ESP packet that carries `payloadLength` octets. */
  sealedLength(payloadLength: number): number {
    return this.#layout.sealedLength(payloadLength);
  }

  /**
   * Seals the payload at `payloadAt`. The ESP packet begins {@link headerLength} octets before it
   * and is {@link sealedLength} octets long.
   */
  seal(payloadAt: number, payloadLength: number, nextHeader: number, sequenceNumber: number): void {
    const octets = this.#octets;
    const at = payloadAt - this.headerLength;
    const end = payloadAt + this.#layout.paddedLength(payloadLength);
    emitEspHeader(this.#spi, sequenceNumber, octets, at);
    emitEspTrailer(octets, payloadAt + payloadLength, end, nextHeader);
    this.#ivs.put(payloadAt - this.#layout.ivLength, sequenceNumber);
    this.#protection.seal(at, payloadAt, end, highHalf(sequenceNumber));
  }

  /** As {@link seal}, done when the crypto provider settles at the latest. */
  sealLater(
    payloadAt: number,
    payloadLength: number,
    nextHeader: number,
    sequenceNumber: number,
  ): void {
    const { later } = this.#protection;
    if (later === null) {
      this.seal(payloadAt, payloadLength, nextHeader, sequenceNumber);
      return;
    }
    const octets = this.#octets;
    const at = payloadAt - this.headerLength;
    const end = payloadAt + this.#layout.paddedLength(payloadLength);
    emitEspHeader(this.#spi, sequenceNumber, octets, at);
    emitEspTrailer(octets, payloadAt + payloadLength, end, nextHeader);
    this.#ivs.put(payloadAt - this.#layout.ivLength, sequenceNumber);
    later.seal(at, payloadAt, end);
  }

  /**
   * As {@link sealLater}, of a train of three payloads or more, as long as each other, from the first at
   * `payloadAt` on; the first has `sequenceNumber`.
   */
  sealTrainLater(
    payloadAt: number,
    stride: number,
    count: number,
    payloadLength: number,
    nextHeader: number,
    sequenceNumber: number,
  ): void {
    const { trains } = this;
    const { later } = this.#protection;
    if (trains === null || later === null) throw new Error('Bug: no trains for this SA');
    const { ivLength } = this.#layout;
    const paddedLength = this.#layout.paddedLength(payloadLength);
    trains.steps.enclose(
      payloadAt,
      stride,
      count,
      payloadLength,
      ivLength,
      paddedLength,
      this.#spi,
      sequenceNumber,
      nextHeader,
    );
    this.#ivs.putTrain(trains.steps, payloadAt - ivLength, stride, count, sequenceNumber);
    const from = trains.waiting;
    for (let at = payloadAt; at <= payloadAt + stride; at += stride) {
      later.seal(at - this.headerLength, at, at + paddedLength);
    }
    trains.goOn(from, count - 2);
  }

  /**
   * Opens the ESP packet of `length` octets at `at`, header checked, which is number
   * `sequenceNumber`, and sets {@link payloadAt}, {@link payloadLength} and {@link nextHeader}. Deciphers nothing that does not authenticate
   * (§3.4.4.1).
   */
  open(at: number, length: number, sequenceNumber: number): DiscardReason | null {
    const payloadAt = at + this.headerLength;
    const end = at + length - this.#layout.icvLength;
    if (!this.#mayBeOurs(end - payloadAt)) return 'in-hdr-error';
    if (!this.#protection.open(at, payloadAt, end, highHalf(sequenceNumber))) {
      return 'in-state-proto-error';
    }
    return this.#takeTrailer(payloadAt, end);
  }

  /** Whether {@link openLater} puts anything off. */
  get opensLater(): boolean {
    return this.#protection.later !== null;
  }

  /**
   * Begins to open the ESP packet of `length` octets at `at`, where that {@link opensLater}: the number
   * to ask the crypto provider by, once it has settled; -1 for a packet that no number is for.
   */
  openLater(at: number, length: number): number {
    const payloadAt = at + this.headerLength;
    const end = at + length - this.#layout.icvLength;
    if (!this.#mayBeOurs(end - payloadAt)) return -1;
    return this.#protection.later?.open(at, payloadAt, end) ?? -1;
  }

  /** Ends what {@link openLater} began, as {@link open} does, with the provider's word. */
  opened(at: number, length: number, authentic: boolean): DiscardReason | null {
    const payloadAt = at + this.headerLength;
    const end = at + length - this.#layout.icvLength;
    if (authentic) return this.#takeTrailer(payloadAt, end);
    // What came out must be seen by nobody (RFC 4106 §3.2; RFC 4303 §3.4.4.1).
    this.#octets.fill(0, payloadAt, end);
    return 'in-state-proto-error';
  }

  /**
   * As {@link openLater}, of a train of three packets or more, as long as one that was begun, from the first
   * at `at` on: the number of the first; those of the others follow at equal distances.
   */
  openTrainLater(at: number, stride: number, length: number, count: number): number {
    const { trains } = this;
    if (trains === null) throw new Error('Bug: no trains for this SA');
    const from = trains.waiting;
    const number = this.openLater(at, length);
    this.openLater(at + stride, length);
    trains.goOn(from, count - 2);
    return number;
  }

  /**
   * How many of `count` packets in a train, of `length` octets each, have a payload as long as that of the
   * packet that was opened last, and the same next header: up to the first that has not. They are authentic.
   */
  endAlike(at: number, stride: number, length: number, count: number): number {
    const { trains } = this;
    if (trains === null) return 0;
    const trailerAt = at + length - this.#layout.icvLength - ESP_TRAILER_LENGTH;
    const padLength = trailerAt - (at + this.headerLength) - this.payloadLength;
    const trailer = (padLength << 8) | this.nextHeader;
    return trains.steps.endAlike(trailerAt, stride, count, trailer);
  }

  #mayBeOurs(enciphered: number): boolean {
    return enciphered >= ESP_TRAILER_LENGTH && enciphered % this.#layout.alignment === 0;
  }

  /** Finds the payload between the header and what ends the plaintext (§3.4.4.1). */
  #takeTrailer(payloadAt: number, end: number): DiscardReason | null {
    const octets = this.#octets;
    if (checkEspTrailer(octets, payloadAt, end) !== null) return 'in-state-proto-error';
    // Receivers should inspect the padding (§2.4). Only done where no ICV tells that the key was the
    // right one: KAME can be told to pad with random octets.
    if (!this.#authenticated && !espPaddingIsMonotonic(octets, end)) {
      return 'in-state-proto-error';
    }
    this.payloadAt = payloadAt;
    this.payloadLength = end - payloadAt - ESP_TRAILER_LENGTH - espPadLength(octets, end);
    this.nextHeader = espNextHeader(octets, end);
    return null;
  }

  destroy(): void {
    this.#protection.destroy();
  }
}
