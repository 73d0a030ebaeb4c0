/**
 * Key Exchange payloads (RFC 2408 §3.7): a public value of Diffie-Hellman.
 *
 * @module
 */
import { Malformed, type Parsed } from '../../octets/malformed.ts';

export interface KeyExchange {
  readonly kind: 'key-exchange';
  /** `g^xi` or `g^xr`, as long as the prime of the group (RFC 2409 §5). */
  readonly data: Uint8Array;
}

/** Reads the body of a KE payload, which is nothing but the data: a view. */
export function parseKeyExchange(body: Uint8Array): Parsed<KeyExchange> {
  return body.length === 0 ? NOTHING : { kind: 'key-exchange', data: body };
}

/** The body of the KE payload: the data itself, not copied. */
export function emitKeyExchange({ data }: KeyExchange): Uint8Array {
  return data;
}

const NOTHING = new Malformed('KE payload', 'is empty');
