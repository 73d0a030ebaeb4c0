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
/** Binary logarithm of how far back a reference goes: Linux deflates so, and may inflate no more. */
const WINDOW_BITS = 11;

export class IpcompTransform {
  readonly #cpi: number;
  readonly #octets: Uint8Array;

  constructor(sa: Pick<SaParameters, 'spi'>, memory: Memory) {
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
    const payload = octets.subarray(payloadAt, payloadAt + payloadLength);
    const deflated = deflateRawSync(payload, { windowBits: WINDOW_BITS });
    const length = IPCOMP_HEADER_LENGTH + deflated.length;
    if (length >= payloadLength) return null;
    emitIpcompHeader(nextHeader, this.#cpi, octets, payloadAt);
    octets.set(deflated, payloadAt + IPCOMP_HEADER_LENGTH);
    return length;
  }

  /**
   * Inflates the IPComp packet of `length` octets at `at` to {@link INFLATED_AT}, where the
   * `frontLength` octets before it, {@link HEADROOM} at most, go along. Returns how many octets the
   * payload has; `null`, with nothing moved, when it is not deflated, not shorter for it (RFC 3173
   * §2.2), or more than a packet can hold.
   */
  decompress(at: number, length: number, frontLength: number): number | null {
    const octets = this.#octets;
    const payload = inflate(octets.subarray(at + IPCOMP_HEADER_LENGTH, at + length));
    if (payload === null || payload.length <= length - IPCOMP_HEADER_LENGTH) return null;
    // The packet may be one that was inflated before, in the same place.
    octets.copyWithin(INFLATED_AT - frontLength, at - frontLength, at);
    octets.set(payload, INFLATED_AT);
    return payload.length;
  }
}

function inflate(deflated: Uint8Array): Uint8Array | null {
  try {
    return inflateRawSync(deflated, { maxOutputLength: LONGEST_PACKET });
  } catch {
    return null;
  }
}

/** Where an inflated payload stands: with room for headers before it, and behind it. */
export const INFLATED_AT: number = SCRATCH.inflated + HEADROOM;
