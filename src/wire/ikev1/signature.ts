/**
 * Signature payloads (RFC 2408 §3.12): `SIG_I`, `SIG_R` of RFC 2409 §5.1.
 *
 * @module
 */
import { Malformed, type Parsed } from '../../octets/malformed.ts';

export interface Signature {
  readonly kind: 'signature';
  /** What the form is depends on the authentication method. */
  readonly data: Uint8Array;
}

/** Reads the body of a SIG payload, which is nothing but the data: a view. */
export function parseSignature(body: Uint8Array): Parsed<Signature> {
  return body.length === 0 ? NOTHING : { kind: 'signature', data: body };
}

/** The body of the SIG payload: the data itself, not copied. */
export function emitSignature({ data }: Signature): Uint8Array {
  return data;
}

const NOTHING = new Malformed('SIG payload', 'is empty');
