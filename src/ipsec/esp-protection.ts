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
 * @module
 */
import type {
  AeadContext,
  CipherContext,
  CryptoProvider,
  IntegrityContext,
} from '../crypto/context.ts';
import { ESP_HEADER_LENGTH } from '../wire/esp.ts';
import { authenticates, type SaParameters } from './sa-parameters.ts';

/** Works in place, on whole packets: lengths are the caller's concern. */
export interface EspProtection {
  readonly icvLength: number;
  seal(at: number, payloadAt: number, end: number): void;
  /** Whether the packet is authentic, as far as that can be told; deciphers it only then. */
  open(at: number, payloadAt: number, end: number): boolean;
  /** Forgets the keys. */
  destroy(): void;
}

/** Keys contexts of `crypto`. Throws when it lacks an algorithm of `sa`. */
export function espProtection(sa: SaParameters, crypto: CryptoProvider): EspProtection {
  const { encryption, integrity } = sa;
  if (encryption === null) throw new RangeError('Cannot make an ESP transform without cipher');
  const { algorithm, key } = encryption;
  if (algorithm.kind === 'aead') {
    return new Combined(crypto.aead(algorithm, key), algorithm);
  }
  // No context is left behind with its key when the other cannot be had.
  const mac = authenticates(integrity)
    ? crypto.integrity(integrity.algorithm, integrity.key, integrity.icvLength)
    : null;
  try {
    const cipher = crypto.cipher(algorithm, key);
    return new Separate(cipher, algorithm.ivLength, mac, integrity?.icvLength ?? 0);
  } catch (error) {
    mac?.destroy();
    throw error;
  }
}

/** A cipher, and an integrity algorithm or none: encrypt, then authenticate (RFC 4303 §3.3.2.1). */
class Separate implements EspProtection {
  readonly icvLength: number;
  readonly #cipher: CipherContext;
  readonly #ivLength: number;
  readonly #integrity: IntegrityContext | null;

  constructor(
    cipher: CipherContext,
    ivLength: number,
    integrity: IntegrityContext | null,
    icvLength: number,
  ) {
    this.#cipher = cipher;
    this.#ivLength = ivLength;
    this.#integrity = integrity;
    this.icvLength = icvLength;
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

/** An AEAD (RFC 4303 §3.3.2.2). */
class Combined implements EspProtection {
  readonly icvLength: number;
  readonly #aead: AeadContext;
  readonly #ivLength: number;
  readonly #encrypts: boolean;

  constructor(
    aead: AeadContext,
    algorithm: {
      readonly ivLength: number;
      readonly icvLength: number;
      readonly encrypts: boolean;
    },
  ) {
    this.#aead = aead;
    this.#ivLength = algorithm.ivLength;
    this.#encrypts = algorithm.encrypts;
    this.icvLength = algorithm.icvLength;
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
