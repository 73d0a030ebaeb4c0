/**
 * Nonce payloads (RFC 2408 §3.13).
 *
 * @module
 */
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { LEAST_NONCE_LENGTH, MOST_NONCE_LENGTH } from './limits.ts';

export interface Nonce {
  readonly kind: 'nonce';
  /** 8 to 256 octets: `Ni_b` or `Nr_b` of RFC 2409 §3.2. */
  readonly data: Uint8Array;
}

/** Reads the body of a NONCE payload, which is nothing but the nonce: a view. */
export function parseNonce(body: Uint8Array): Parsed<Nonce> {
  // RFC 2409 §5.
  if (body.length < LEAST_NONCE_LENGTH || body.length > MOST_NONCE_LENGTH) {
    return new Malformed('NONCE payload', `is of ${body.length} octets`);
  }
  return { kind: 'nonce', data: body };
}

/** The body of the NONCE payload: the nonce itself, not copied. */
export function emitNonce({ data }: Nonce): Uint8Array {
  return data;
}
