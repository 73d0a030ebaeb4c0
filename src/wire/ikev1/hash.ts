/**
 * Hash payloads (RFC 2408 §3.11): `HASH_I`, `HASH_R`, `HASH(1)` to `HASH(3)` of RFC 2409.
 *
 * @module
 */
import { Malformed, type Parsed } from '../../octets/malformed.ts';

export interface HashPayload {
  readonly kind: 'hash';
  /** As long as the digest of the negotiated hash algorithm. */
  readonly data: Uint8Array;
}

/** Reads the body of a HASH payload, which is nothing but the data: a view. */
export function parseHashPayload(body: Uint8Array): Parsed<HashPayload> {
  return body.length === 0 ? NOTHING : { kind: 'hash', data: body };
}

/** The body of the HASH payload: the data itself, not copied. */
export function emitHashPayload({ data }: HashPayload): Uint8Array {
  return data;
}

const NOTHING = new Malformed('HASH payload', 'is empty');
