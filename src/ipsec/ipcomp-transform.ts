/**
 * The IPComp transform of one SA (RFC 3173): payload in, a shorter one out, and back.
 *
 *   compressed:  next header, flags, CPI │ deflated payload (RFC 2394)
 *
 * What does not get shorter is sent as it is, without the header (§2.2).
 *
 * @module
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Memory } from '../crypto/context.ts';
import { emitIpcompHeader, IPCOMP_HEADER_LENGTH } from '../wire/ipcomp.ts';
import { HEADROOM, LONGEST_PACKET, SCRATCH } from './packet.ts';
import type { SaParameters } from './sa-parameters.ts';

/** Shorter payloads are not worth the effort; Linux has the same bound. */
const LEAST_PAYLOAD = 90;

export class IpcompTransform {
  readonly #cpi: number;
  readonly #octets: Uint8Array;

  constructor(sa: SaParameters, memory: Memory) {
    this.#cpi = sa.spi;
    this.#octets = memory.octets;
  }

  /**
   * Compresses the payload at `payloadAt`, which stays there, behind the header. Returns the octets
   * of both; `null` when that would not be fewer: the payload is then as it was.
   */
  compress(payloadAt: number, payloadLength: number, nextHeader: number): number | null {
    if (payloadLength < LEAST_PAYLOAD) return null;
    const octets = this.#octets;
    const deflated = deflateRawSync(octets.subarray(payloadAt, payloadAt + payloadLength));
    const length = IPCOMP_HEADER_LENGTH + deflated.length;
    if (length >= payloadLength) return null;
    emitIpcompHeader(nextHeader, this.#cpi, octets, payloadAt);
    octets.set(deflated, payloadAt + IPCOMP_HEADER_LENGTH);
    return length;
  }

  /**
   * Inflates the IPComp packet of `length` octets at `at` to {@link INFLATED_AT}. Returns the octets
   * there; `null` when they are no deflated data, or more than a packet can hold.
   */
  decompress(at: number, length: number): number | null {
    const deflated = this.#octets.subarray(at + IPCOMP_HEADER_LENGTH, at + length);
    try {
      const payload = inflateRawSync(deflated, { maxOutputLength: LONGEST_PACKET });
      this.#octets.set(payload, INFLATED_AT);
      return payload.length;
    } catch {
      return null;
    }
  }
}

/** Where an inflated payload stands: with room for headers before it, and behind it. */
export const INFLATED_AT: number = SCRATCH.inflated + HEADROOM;
