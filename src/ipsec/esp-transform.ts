/**
 * The ESP transform of one SA: payload in, ESP packet out, and back (RFC 4303 §3.3, §3.4).
 *
 *   sealed:  SPI, sequence number │ IV │ payload, padding, pad length, next header │ ICV
 *                                      │◄───────────── enciphered ────────────────►│
 *            │◄─────────────────────── authenticated ─────────────────────────────►│
 *
 * Everything happens in place: the payload does not move, the header goes before it and the
 * trailer after it. What surrounds the ESP packet, IP header or other, is the caller's concern.
 *
 * @module
 */
import type { CipherContext, CryptoProvider, IntegrityContext } from '../crypto/context.ts';
import {
  checkEspTrailer,
  ESP_HEADER_LENGTH,
  ESP_TRAILER_LENGTH,
  emitEspHeader,
  emitEspTrailer,
  espNextHeader,
  espPaddingIsMonotonic,
  espPadLength,
} from '../wire/esp.ts';
import type { DiscardReason } from './discard-reason.ts';
import type { SaParameters } from './sa-parameters.ts';

/** The trailer ends on a multiple of four octets whatever the cipher (RFC 4303 §2.4). */
const LEAST_ALIGNMENT = 4;

export class EspTransform {
  /** Octets that go before the payload. */
  readonly headerLength: number;
  readonly #spi: number;
  readonly #ivLength: number;
  readonly #alignment: number;
  readonly #icvLength: number;
  readonly #crypto: CryptoProvider;
  readonly #cipher: CipherContext;
  readonly #integrity: IntegrityContext | null;

  /** What {@link open} found: valid until it is called again. */
  payloadAt = 0;
  payloadLength = 0;
  nextHeader = 0;

  /** Keys contexts of `crypto`. Throws when it lacks an algorithm of `sa`. */
  constructor(sa: SaParameters, crypto: CryptoProvider) {
    if (sa.encryption === null) throw new RangeError('Cannot make an ESP transform without cipher');
    const { algorithm, key } = sa.encryption;
    this.#spi = sa.spi;
    this.#crypto = crypto;
    this.#ivLength = algorithm.ivLength;
    this.#alignment = Math.max(LEAST_ALIGNMENT, algorithm.blockLength);
    this.headerLength = ESP_HEADER_LENGTH + algorithm.ivLength;
    this.#icvLength = sa.integrity?.icvLength ?? 0;
    // No context is left behind with its key when the other cannot be had.
    this.#integrity = sa.integrity
      ? crypto.integrity(sa.integrity.algorithm, sa.integrity.key, sa.integrity.icvLength)
      : null;
    try {
      this.#cipher = crypto.cipher(algorithm, key);
    } catch (error) {
      this.#integrity?.destroy();
      throw error;
    }
  }

  /** The octets of the ESP packet that carries `payloadLength` octets. */
  sealedLength(payloadLength: number): number {
    return this.headerLength + this.#paddedLength(payloadLength) + this.#icvLength;
  }

  /**
   * Seals the payload at `payloadAt`. The ESP packet begins {@link headerLength} octets before it
   * and is {@link sealedLength} octets long.
   */
  seal(payloadAt: number, payloadLength: number, nextHeader: number, sequenceNumber: number): void {
    const { octets } = this.#crypto.memory;
    const at = payloadAt - this.headerLength;
    const ivAt = payloadAt - this.#ivLength;
    const paddedLength = this.#paddedLength(payloadLength);
    const end = payloadAt + paddedLength;
    emitEspHeader(this.#spi, sequenceNumber, octets, at);
    emitEspTrailer(octets, payloadAt + payloadLength, end, nextHeader);
    // Unpredictable for CBC (RFC 3602 §3).
    this.#crypto.random(ivAt, this.#ivLength);
    this.#cipher.encipher(payloadAt, paddedLength, ivAt);
    this.#integrity?.sign(at, end - at, end);
  }

  /**
   * Opens the ESP packet of `length` octets at `at`, header checked, and sets {@link payloadAt},
   * {@link payloadLength} and {@link nextHeader}. Deciphers nothing that does not authenticate
   * (§3.4.4.1).
   */
  open(at: number, length: number): DiscardReason | null {
    const { octets } = this.#crypto.memory;
    const payloadAt = at + this.headerLength;
    const end = at + length - this.#icvLength;
    const enciphered = end - payloadAt;
    if (enciphered < ESP_TRAILER_LENGTH || enciphered % this.#alignment !== 0) {
      return 'in-hdr-error';
    }
    if (this.#integrity !== null && !this.#integrity.verify(at, end - at, end)) {
      return 'in-state-proto-error';
    }
    this.#cipher.decipher(payloadAt, enciphered, payloadAt - this.#ivLength);
    if (checkEspTrailer(octets, payloadAt, end) !== null) return 'in-state-proto-error';
    // Receivers should inspect the padding (§2.4). Only done where no ICV tells that the key was the
    // right one: KAME can be told to pad with random octets.
    if (this.#integrity === null && !espPaddingIsMonotonic(octets, end)) {
      return 'in-state-proto-error';
    }
    this.payloadAt = payloadAt;
    this.payloadLength = enciphered - ESP_TRAILER_LENGTH - espPadLength(octets, end);
    this.nextHeader = espNextHeader(octets, end);
    return null;
  }

  destroy(): void {
    this.#cipher.destroy();
    this.#integrity?.destroy();
  }

  #paddedLength(payloadLength: number): number {
    const whole = payloadLength + ESP_TRAILER_LENGTH;
    return Math.ceil(whole / this.#alignment) * this.#alignment;
  }
}
