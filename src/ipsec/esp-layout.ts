/**
 * How many octets ESP takes, and where: what follows from the algorithms of an SA alone (RFC 4303 §2).
 *
 *   SPI, sequence number │ IV │ payload │ padding, pad length, next header │ ICV
 *   ◄──── headerLength ──────►│◄── paddedLength, aligned ────────────────►│◄─ icvLength
 *
 * @module
 */
import { ESP_HEADER_LENGTH, ESP_TRAILER_LENGTH } from '../wire/esp.ts';
import type { SaParameters } from './sa-parameters.ts';

/** The trailer ends on a multiple of four octets whatever the cipher (RFC 4303 §2.4). */
const LEAST_ALIGNMENT = 4;

export class EspLayout {
  readonly ivLength: number;
  /** Octets that go before the payload. */
  readonly headerLength: number;
  /** Payload and trailer together are a multiple of so many octets. */
  readonly alignment: number;
  readonly icvLength: number;

  constructor({ encryption, integrity }: Pick<SaParameters, 'encryption' | 'integrity'>) {
    if (encryption === null) throw new RangeError('Cannot lay out ESP without cipher');
    const { algorithm } = encryption;
    this.ivLength = algorithm.ivLength;
    this.headerLength = ESP_HEADER_LENGTH + algorithm.ivLength;
    this.alignment = Math.max(LEAST_ALIGNMENT, algorithm.blockLength);
    this.icvLength = algorithm.kind === 'aead' ? algorithm.icvLength : (integrity?.icvLength ?? 0);
  }

  /** The octets of a payload of `payloadLength` with its trailer. */
  paddedLength(payloadLength: number): number {
    const whole = payloadLength + ESP_TRAILER_LENGTH;
    return Math.ceil(whole / this.alignment) * this.alignment;
  }

  /** The octets of the ESP packet that carries `payloadLength` octets. */
  sealedLength(payloadLength: number): number {
    return this.headerLength + this.paddedLength(payloadLength) + this.icvLength;
  }
}
