/**
 * The AH transform of one SA: the ICV over a whole IPv4 packet (RFC 4302 §3.3, §3.4).
 *
 *   IP header │ next header, length, SPI, sequence number │ ICV │ payload
 *
 * The ICV covers all of it, with the mutable fields of the IP header and the ICV itself counted as
 * zero. They are zeroed in place and restored from the scratch octets afterwards.
 *
 * @module
 */
import type { CryptoProvider, IntegrityContext } from '../crypto/context.ts';
import { AH_HEADER_LENGTH, AH_ICV, emitAhHeader } from '../wire/ah.ts';
import { ipv4HeaderLength } from '../wire/ipv4.ts';
import { zeroMutableIpv4 } from '../wire/ipv4-mutable.ts';
import type { DiscardReason } from './discard-reason.ts';
import type { SaParameters } from './sa-parameters.ts';

const SAVED_HEADER_AT = 0;
/** After the longest IPv4 header. */
const SAVED_ICV_AT = 64;
/** IPv4 wants the whole AH in 32-bit words (RFC 4302 §2.2); every ICV in use fills them. */
const ALIGNMENT = 4;
/** Not RFC: Linux aligns AH to 64 bits under IPv4, too, unless told otherwise. Taken, not sent. */
const WIDER_ALIGNMENT = 8;

export class AhTransform {
  /** Octets of the whole AH. */
  readonly headerLength: number;
  readonly #spi: number;
  readonly #icvLength: number;
  readonly #widerLength: number;
  readonly #crypto: CryptoProvider;
  readonly #integrity: IntegrityContext;

  /** Keys a context of `crypto`. Throws when it lacks the algorithm of `sa`. */
  constructor(sa: SaParameters, crypto: CryptoProvider) {
    if (sa.integrity === null) throw new RangeError('Cannot make an AH transform without hash');
    const { algorithm, key, icvLength } = sa.integrity;
    this.#spi = sa.spi;
    this.#icvLength = icvLength;
    this.headerLength = Math.ceil((AH_HEADER_LENGTH + icvLength) / ALIGNMENT) * ALIGNMENT;
    this.#widerLength =
      Math.ceil((AH_HEADER_LENGTH + icvLength) / WIDER_ALIGNMENT) * WIDER_ALIGNMENT;
    this.#crypto = crypto;
    this.#integrity = crypto.integrity(algorithm, key, icvLength);
  }

  /**
   * Writes AH behind the IP header at `packetAt` into the {@link headerLength} octets left free for
   * it. The IP header says already that AH follows, and its length counts AH in.
   */
  seal(
    packetAt: number,
    packetLength: number,
    nextHeader: number,
    sequenceNumber: number,
  ): DiscardReason | null {
    const { octets } = this.#crypto.memory;
    const ipLength = ipv4HeaderLength(octets, packetAt);
    const at = packetAt + ipLength;
    emitAhHeader(nextHeader, this.headerLength, this.#spi, sequenceNumber, octets, at);
    octets.fill(0, at + AH_ICV, at + this.headerLength);
    octets.copyWithin(SAVED_HEADER_AT, packetAt, at);
    const wellFormed = zeroMutableIpv4(octets, packetAt);
    if (wellFormed) this.#integrity.sign(packetAt, packetLength, at + AH_ICV);
    octets.copyWithin(packetAt, SAVED_HEADER_AT, SAVED_HEADER_AT + ipLength);
    return wellFormed ? null : 'out-state-proto-error';
  }

  /**
   * Verifies the AH, header checked, of the packet at `packetAt`. The ICV in the packet is zeroed:
   * AH is about to be taken off.
   */
  open(packetAt: number, packetLength: number, ahLength: number): DiscardReason | null {
    if (ahLength !== this.headerLength && ahLength !== this.#widerLength) return 'in-hdr-error';
    const { octets } = this.#crypto.memory;
    const ipLength = ipv4HeaderLength(octets, packetAt);
    const icvAt = packetAt + ipLength + AH_ICV;
    octets.copyWithin(SAVED_ICV_AT, icvAt, icvAt + this.#icvLength);
    octets.fill(0, icvAt, icvAt + this.#icvLength);
    octets.copyWithin(SAVED_HEADER_AT, packetAt, packetAt + ipLength);
    const authentic =
      zeroMutableIpv4(octets, packetAt) &&
      this.#integrity.verify(packetAt, packetLength, SAVED_ICV_AT);
    octets.copyWithin(packetAt, SAVED_HEADER_AT, SAVED_HEADER_AT + ipLength);
    return authentic ? null : 'in-state-proto-error';
  }

  destroy(): void {
    this.#integrity.destroy();
  }
}
