/**
 * How the octets of ESP packets are protected: by a cipher and an ICV of its own making or another's
 * (RFC 4303 §3.3.2).
 *
 *     at                   ivAt   payloadAt                        end
 *     SPI, sequence number │ IV │ payload, padding, trailer ... │ ICV
 *
 *     separate             │    │◄── enciphered ───────────────►│
 *     ◄───────────────────────── authenticated ────────────────►│
 *
 *     combined             │    │◄── enciphered ───────────────►│
 *     ◄── AAD ────────────►│    │◄── authenticated ────────────►│
 *
 * Of extended sequence numbers the high half is authenticated without being there: behind the
 * trailer (RFC 4303 §2.2.1), or within the AAD (RFC 4106 §5).
 *
 * @module
 */
import type { AeadAlgorithm } from '../crypto/algorithm.ts';
import type {
  AeadContext,
  CipherContext,
  CryptoProvider,
  IntegrityContext,
  LaterCipher,
  LaterIntegrity,
} from '../crypto/context.ts';
import { setU32 } from '../octets/octets.ts';
import { ESP_HEADER_LENGTH } from '../wire/esp.ts';
import { SCRATCH } from './packet.ts';
import { authenticates, type SaParameters } from './sa-parameters.ts';

/**
 * Works in place, on whole packets: lengths are the caller's concern. `high` is the upper half of the
 * sequence number, for SAs that have one.
 */
export interface EspProtection {
  seal(at: number, payloadAt: number, end: number, high: number): void;
  /** Whether the packet is authentic, as far as that can be told; deciphers it only then. */
  open(at: number, payloadAt: number, end: number, high: number): boolean;
  /** What can be put off until the crypto provider settles; `null` where nothing can. */
  readonly later: LaterProtection | null;
  /** Forgets the keys. */
  destroy(): void;
}

/** As {@link EspProtection}, done when the crypto provider settles (`crypto/context.ts`). */
export interface LaterProtection {
  seal(at: number, payloadAt: number, end: number): void;
  /** The number to ask the provider by. */
  open(at: number, payloadAt: number, end: number): number;
}

/** Keys contexts of `crypto`. Throws when it lacks an algorithm of `sa`. */
export function espProtection(sa: SaParameters, crypto: CryptoProvider): EspProtection {
  const { encryption, integrity, extendedSequenceNumbers: extended } = sa;
  const { octets } = crypto.memory;
  if (encryption === null) throw new RangeError('Cannot make an ESP transform without cipher');
  const { algorithm, key } = encryption;
  if (algorithm.kind === 'aead') {
    const aead = crypto.aead(algorithm, key);
    return extended ? new ExtendedCombined(aead, algorithm, octets) : new Combined(aead, algorithm);
  }
  // No context is left behind with its key when the other cannot be had.
  const mac = authenticates(integrity)
    ? crypto.integrity(integrity.algorithm, integrity.key, integrity.icvLength)
    : null;
  try {
    const cipher = crypto.cipher(algorithm, key);
    return extended && mac !== null
      ? new ExtendedSeparate(cipher, algorithm.ivLength, mac, integrity?.icvLength ?? 0, octets)
      : new Separate(cipher, algorithm.ivLength, mac);
  } catch (error) {
    mac?.destroy();
    throw error;
  }
}

/** A cipher, and an integrity algorithm or none: encrypt, then authenticate (RFC 4303 §3.3.2.1). */
class Separate implements EspProtection {
  readonly later: LaterProtection | null;
  readonly #cipher: CipherContext;
  readonly #ivLength: number;
  readonly #integrity: IntegrityContext | null;

  constructor(cipher: CipherContext, ivLength: number, integrity: IntegrityContext | null) {
    this.#cipher = cipher;
    this.#ivLength = ivLength;
    this.#integrity = integrity;
    const laterIntegrity = integrity?.later ?? null;
    this.later =
      cipher.later && laterIntegrity && separateLater(cipher.later, ivLength, laterIntegrity);
  }

  seal(at: number, payloadAt: number, end: number): void {
    this.#cipher.encipher(payloadAt, end - payloadAt, payloadAt - this.#ivLength);
    this.#integrity?.sign(at, end - at, end);
  }

  open(at: number, payloadAt: number, end: number): boolean {
    if (this.#integrity !== null && !this.#integrity.verify(at, end - at, end)) return false;
    this.#cipher.decipher(payloadAt, end - payloadAt, payloadAt - this.#ivLength);
    return true;
  }

  destroy(): void {
    this.#cipher.destroy();
    this.#integrity?.destroy();
  }
}

/**
 * As {@link Separate}. What is not authentic is deciphered, too, for nobody knows yet; whoever learns it
 * makes zeros of that.
 */
function separateLater(
  cipher: LaterCipher,
  ivLength: number,
  integrity: LaterIntegrity,
): LaterProtection {
  return {
    seal: (at, payloadAt, end) => {
      cipher.encipher(payloadAt, end - payloadAt, payloadAt - ivLength);
      integrity.sign(at, end - at, end);
    },
    open: (at, payloadAt, end) => {
      const number = integrity.verify(at, end - at, end);
      cipher.decipher(payloadAt, end - payloadAt, payloadAt - ivLength);
      return number;
    },
  };
}

/** As {@link Separate}, with the high half of the sequence number behind the trailer. */
class ExtendedSeparate implements EspProtection {
  readonly later = null;
  readonly #cipher: CipherContext;
  readonly #ivLength: number;
  readonly #integrity: IntegrityContext;
  readonly #icvLength: number;
  readonly #octets: Uint8Array;

  constructor(
    cipher: CipherContext,
    ivLength: number,
    integrity: IntegrityContext,
    icvLength: number,
    octets: Uint8Array,
  ) {
    this.#cipher = cipher;
    this.#ivLength = ivLength;
    this.#integrity = integrity;
    this.#icvLength = icvLength;
    this.#octets = octets;
  }

  seal(at: number, payloadAt: number, end: number, high: number): void {
    this.#cipher.encipher(payloadAt, end - payloadAt, payloadAt - this.#ivLength);
    setU32(this.#octets, end, high);
    // The ICV takes the place of what was only to be counted.
    this.#integrity.sign(at, end + HIGH_LENGTH - at, end);
  }

  open(at: number, payloadAt: number, end: number, high: number): boolean {
    this.#octets.copyWithin(SCRATCH.icv, end, end + this.#icvLength);
    setU32(this.#octets, end, high);
    if (!this.#integrity.verify(at, end + HIGH_LENGTH - at, SCRATCH.icv)) return false;
    this.#cipher.decipher(payloadAt, end - payloadAt, payloadAt - this.#ivLength);
    return true;
  }

  destroy(): void {
    this.#cipher.destroy();
    this.#integrity.destroy();
  }
}

/** Octets of the high half of a sequence number. */
const HIGH_LENGTH = 4;

/** An AEAD (RFC 4303 §3.3.2.2). */
class Combined implements EspProtection {
  readonly later: LaterProtection;
  readonly #aead: AeadContext;
  readonly #ivLength: number;
  readonly #encrypts: boolean;

  constructor(aead: AeadContext, algorithm: Pick<AeadAlgorithm, 'ivLength' | 'encrypts'>) {
    this.#aead = aead;
    this.#ivLength = algorithm.ivLength;
    this.#encrypts = algorithm.encrypts;
    this.later = {
      seal: (at, payloadAt, end) => {
        const from = this.#encrypts ? payloadAt : end;
        const ivAt = payloadAt - this.#ivLength;
        aead.sealLater(at, this.#aadLength(at, end), from, end - from, ivAt, end);
      },
      open: (at, payloadAt, end) => {
        const from = this.#encrypts ? payloadAt : end;
        const ivAt = payloadAt - this.#ivLength;
        return aead.openLater(at, this.#aadLength(at, end), from, end - from, ivAt, end);
      },
    };
  }

  seal(at: number, payloadAt: number, end: number): void {
    const from = this.#encrypts ? payloadAt : end;
    const aadLength = this.#aadLength(at, end);
    this.#aead.seal(at, aadLength, from, end - from, payloadAt - this.#ivLength, end);
  }

  open(at: number, payloadAt: number, end: number): boolean {
    const from = this.#encrypts ? payloadAt : end;
    const aadLength = this.#aadLength(at, end);
    return this.#aead.open(at, aadLength, from, end - from, payloadAt - this.#ivLength, end);
  }

  destroy(): void {
    this.#aead.destroy();
  }

  /**
   * SPI and sequence number (RFC 4106 §5, RFC 4309 §5, RFC 7634 §2.1); of a packet that is only
   * authenticated, all of it up to the ICV (RFC 4543 §3.3).
   */
  #aadLength(at: number, end: number): number {
    return this.#encrypts ? ESP_HEADER_LENGTH : end - at;
  }
}

/**
 * As {@link Combined}, with the sequence number whole in the AAD: SPI, high half, low half (RFC 4106
 * §5). An algorithm that only authenticates has the packet behind them (RFC 4543 §3.3).
 */
class ExtendedCombined implements EspProtection {
  readonly later = null;
  readonly #aead: AeadContext;
  readonly #ivLength: number;
  readonly #encrypts: boolean;
  readonly #octets: Uint8Array;

  constructor(
    aead: AeadContext,
    algorithm: Pick<AeadAlgorithm, 'ivLength' | 'encrypts'>,
    octets: Uint8Array,
  ) {
    this.#aead = aead;
    this.#ivLength = algorithm.ivLength;
    this.#encrypts = algorithm.encrypts;
    this.#octets = octets;
  }

  seal(at: number, payloadAt: number, end: number, high: number): void {
    const from = this.#encrypts ? payloadAt : end;
    const aadAt = this.#putHigh(at, high);
    const aadLength = this.#aadLength(at, end);
    this.#aead.seal(aadAt, aadLength, from, end - from, payloadAt - this.#ivLength, end);
    this.#takeHigh(at);
  }

  open(at: number, payloadAt: number, end: number, high: number): boolean {
    const from = this.#encrypts ? payloadAt : end;
    const aadAt = this.#putHigh(at, high);
    const aadLength = this.#aadLength(at, end);
    const ivAt = payloadAt - this.#ivLength;
    const authentic = this.#aead.open(aadAt, aadLength, from, end - from, ivAt, end);
    this.#takeHigh(at);
    return authentic;
  }

  destroy(): void {
    this.#aead.destroy();
  }

  /** Moves the SPI forward to make room for `high`; what stood there is set aside. */
  #putHigh(at: number, high: number): number {
    const octets = this.#octets;
    octets.copyWithin(SCRATCH.aad, at - HIGH_LENGTH, at);
    octets.copyWithin(at - HIGH_LENGTH, at, at + HIGH_LENGTH);
    setU32(octets, at, high);
    return at - HIGH_LENGTH;
  }

  #takeHigh(at: number): void {
    const octets = this.#octets;
    octets.copyWithin(at, at - HIGH_LENGTH, at);
    octets.copyWithin(at - HIGH_LENGTH, SCRATCH.aad, SCRATCH.aad + HIGH_LENGTH);
  }

  #aadLength(at: number, end: number): number {
    return HIGH_LENGTH + (this.#encrypts ? ESP_HEADER_LENGTH : end - at);
  }
}
