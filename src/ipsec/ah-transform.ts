/**
 * The AH transform of one SA: the ICV over a whole IP packet (RFC 4302 §3.3, §3.4).
 *
 *   IP header │ next header, length, SPI, sequence number │ ICV │ payload │ (high half of the number)
 *
 * The ICV covers all of it, with the mutable fields of the IP header and the ICV itself counted as
 * zero. They are zeroed in place and restored from the scratch octets afterwards. The high half of
 * an extended sequence number counts as if it came last (§2.5.1).
 *
 * @module
 */
import type { CryptoProvider, IntegrityContext } from '../crypto/context.ts';
import { setU32 } from '../octets/octets.ts';
import { AH_HEADER_LENGTH, AH_ICV, emitAhHeader } from '../wire/ah.ts';
import type { IpHeader } from '../wire/ip.ts';
import { zeroMutableIpv4 } from '../wire/ipv4-mutable.ts';
import { zeroMutableIpv6 } from '../wire/ipv6-mutable.ts';
import type { DiscardReason } from './discard-reason.ts';
import { SCRATCH } from './packet.ts';
import type { SaParameters } from './sa-parameters.ts';
import { highHalf } from './sequence-number.ts';

/** AH as a whole is a multiple of 32 bits under IPv4, and of 64 under IPv6 (RFC 4302 §2.2). */
const ALIGNMENT = { 4: 4, 6: 8 } as const;
/** Not RFC: Linux aligns AH to 64 bits under IPv4, too, unless told otherwise. Taken, not sent. */
const WIDER_ALIGNMENT = 8;
/** Octets of the high half of a sequence number. */
const HIGH_LENGTH = 4;

export class AhTransform {
  /** Octets of the whole AH. */
  readonly headerLength: number;
  readonly #spi: number;
  readonly #icvLength: number;
  readonly #widerLength: number;
  readonly #extended: boolean;
  readonly #octets: Uint8Array;
  readonly #integrity: IntegrityContext;

  /** Keys a context of `crypto`. Throws when it lacks the algorithm of `sa`. */
  constructor(sa: SaParameters, crypto: CryptoProvider) {
    if (sa.integrity === null) throw new RangeError('Cannot make an AH transform without hash');
    const { algorithm, key, icvLength } = sa.integrity;
    this.#spi = sa.spi;
    this.#icvLength = icvLength;
    this.headerLength = ahLength(sa);
    this.#widerLength = widerAhLength(sa);
    this.#extended = sa.extendedSequenceNumbers;
    this.#octets = crypto.memory.octets;
    this.#integrity = crypto.integrity(algorithm, key, icvLength);
  }

  /**
   * Writes AH behind the first `header.length` octets of the packet, into the {@link headerLength}
   * octets left free for it. The IP header says already that AH follows, and its length counts AH in.
   */
  seal(header: IpHeader, nextHeader: number, sequenceNumber: number): DiscardReason | null {
    const octets = this.#octets;
    const at = header.at + header.length;
    emitAhHeader(nextHeader, this.headerLength, this.#spi, sequenceNumber, octets, at);
    octets.fill(0, at + AH_ICV, at + this.headerLength);
    if (!this.#coverHeader(header, at)) return 'out-state-proto-error';
    const length = this.#putHigh(header, sequenceNumber);
    this.#integrity.sign(header.at, length, at + AH_ICV);
    this.#restore(header, at);
    return null;
  }

  /**
   * Verifies the AH of the packet, its next layer, which was checked. The ICV in the packet is
   * zeroed: AH is about to be taken off.
   */
  open(header: IpHeader, ahLength: number, sequenceNumber: number): DiscardReason | null {
    if (ahLength !== this.headerLength && ahLength !== this.#widerLength) return 'in-hdr-error';
    const octets = this.#octets;
    const at = header.nextLayerAt;
    const icvAt = at + AH_ICV;
    octets.copyWithin(SCRATCH.icv, icvAt, icvAt + this.#icvLength);
    octets.fill(0, icvAt, icvAt + this.#icvLength);
    if (!this.#coverHeader(header, at)) return 'in-state-proto-error';
    const length = this.#putHigh(header, sequenceNumber);
    const authentic = this.#integrity.verify(header.at, length, SCRATCH.icv);
    this.#restore(header, at);
    return authentic ? null : 'in-state-proto-error';
  }

  destroy(): void {
    this.#integrity.destroy();
  }

  /**
   * Sets the headers before AH, which stands at `at`, aside and zeroes what is mutable in them.
   * `false`, with the packet as it was, when that cannot be told.
   */
  #coverHeader(header: IpHeader, at: number): boolean {
    const octets = this.#octets;
    const length = at - header.at;
    if (length > SCRATCH.longestHeader) return false;
    octets.copyWithin(SCRATCH.header, header.at, at);
    const wellFormed =
      header.version === 4
        ? zeroMutableIpv4(octets, header.at)
        : zeroMutableIpv6(octets, header.at, length);
    if (!wellFormed) octets.copyWithin(header.at, SCRATCH.header, SCRATCH.header + length);
    return wellFormed;
  }

  /** Puts the high half behind the packet, if it has one; returns how many octets count. */
  #putHigh({ at, totalLength }: IpHeader, sequenceNumber: number): number {
    if (!this.#extended) return totalLength;
    const end = at + totalLength;
    this.#octets.copyWithin(SCRATCH.aad, end, end + HIGH_LENGTH);
    setU32(this.#octets, end, highHalf(sequenceNumber));
    return totalLength + HIGH_LENGTH;
  }

  #restore({ at: packetAt, totalLength }: IpHeader, at: number): void {
    const octets = this.#octets;
    octets.copyWithin(packetAt, SCRATCH.header, SCRATCH.header + at - packetAt);
    if (!this.#extended) return;
    octets.copyWithin(packetAt + totalLength, SCRATCH.aad, SCRATCH.aad + HIGH_LENGTH);
  }
}

/** Octets of the whole AH of an SA, its padding included (RFC 4302 §2.2). */
export function ahLength({
  integrity,
  destination,
}: Pick<SaParameters, 'integrity' | 'destination'>): number {
  return aligned(integrity?.icvLength ?? 0, ALIGNMENT[destination.version]);
}

/** The same as Linux has it where it is not told otherwise (`XFRM_STATE_ALIGN4`). */
export function widerAhLength({ integrity }: Pick<SaParameters, 'integrity'>): number {
  return aligned(integrity?.icvLength ?? 0, WIDER_ALIGNMENT);
}

function aligned(icvLength: number, alignment: number): number {
  return Math.ceil((AH_HEADER_LENGTH + icvLength) / alignment) * alignment;
}
