/**
 * Payloads, one behind the other: each says of which type the next one is (RFC 2408 §3.2).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Next Payload  |   RESERVED    |         Payload Length        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                             body                              ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Proposals within an SA payload and transforms within a proposal are such chains too.
 *
 * @module
 */
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { setU8, setU16, u8 } from '../../octets/octets.ts';
import { IKE_PAYLOAD_HEADER_LENGTH, ikePayloadLength, ikePayloadNext } from '../ike.ts';
import { MOST_PAYLOADS } from './limits.ts';
import { IKEV1_PAYLOAD } from './payload-type.ts';

const NEXT_PAYLOAD = 0;
const RESERVED = 1;
const PAYLOAD_LENGTH = 2;

/** A payload to be written. */
export interface PayloadBody {
  /** One of {@link IKEV1_PAYLOAD}, or another number. */
  readonly type: number;
  /** What follows the generic header: `SAi_b`, `Ni_b`, `IDii_b` of RFC 2409 §3.2. */
  readonly body: Uint8Array;
}

/** A payload that was read. Both octet strings are views. */
export interface RawPayload extends PayloadBody {
  /** The generic header and the body: what HASH(1) and HASH(2) are about (RFC 2409 §5.5). */
  readonly octets: Uint8Array;
}

export interface PayloadChain {
  readonly payloads: readonly RawPayload[];
  /** What follows the last payload, a view: the padding of what was enciphered, else nothing. */
  readonly rest: Uint8Array;
}

/** The payloads in `octets`, of which the first is of type `first`; at most `most` of them. */
export function parsePayloadChain(
  first: number,
  octets: Uint8Array,
  most: number = MOST_PAYLOADS,
): Parsed<PayloadChain> {
  const payloads: RawPayload[] = [];
  let at = 0;
  for (let type = first; type !== IKEV1_PAYLOAD.NONE; ) {
    if (payloads.length === most) return new Malformed(WHAT, `more than ${most} of them`);
    const left = octets.length - at;
    if (left < IKE_PAYLOAD_HEADER_LENGTH) {
      return Malformed.truncated(WHAT, at + IKE_PAYLOAD_HEADER_LENGTH, octets.length);
    }
    const length = ikePayloadLength(octets, at);
    if (length < IKE_PAYLOAD_HEADER_LENGTH) return LENGTH_TOO_SMALL;
    if (length > left) return Malformed.truncated(WHAT, at + length, octets.length);
    // RFC 2408 §5.3. What the wrong key deciphers seldom passes here.
    if (u8(octets, at + RESERVED) !== 0) return RESERVED_IS_NOT_ZERO;
    const whole = octets.subarray(at, at + length);
    payloads.push({ type, body: whole.subarray(IKE_PAYLOAD_HEADER_LENGTH), octets: whole });
    type = ikePayloadNext(octets, at);
    at += length;
  }
  return { payloads, rest: octets.subarray(at) };
}

/** `payloads` as a chain. Each body is of 65531 octets at most. */
export function emitPayloadChain(payloads: readonly PayloadBody[]): Uint8Array {
  const length = payloads.reduce(
    (sum, { body }) => sum + IKE_PAYLOAD_HEADER_LENGTH + body.length,
    0,
  );
  const octets = new Uint8Array(length);
  let at = 0;
  for (const [index, { body }] of payloads.entries()) {
    setU8(octets, at + NEXT_PAYLOAD, payloads[index + 1]?.type ?? IKEV1_PAYLOAD.NONE);
    setU16(octets, at + PAYLOAD_LENGTH, IKE_PAYLOAD_HEADER_LENGTH + body.length);
    octets.set(body, at + IKE_PAYLOAD_HEADER_LENGTH);
    at += IKE_PAYLOAD_HEADER_LENGTH + body.length;
  }
  return octets;
}

/** What stands before `payloads`, in a header, about the first of them. */
export function firstPayloadType(payloads: readonly PayloadBody[]): number {
  return payloads[0]?.type ?? IKEV1_PAYLOAD.NONE;
}

const WHAT = 'payload chain';
const LENGTH_TOO_SMALL = new Malformed(WHAT, 'a payload is shorter than its header');
const RESERVED_IS_NOT_ZERO = new Malformed(WHAT, 'RESERVED is not zero');
