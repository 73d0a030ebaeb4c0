/**
 * NAT-D payloads (RFC 3947 §3.2): `HASH(CKY-I | CKY-R | IP | Port)` of one end of the path.
 *
 * @module
 */
import { Malformed, type Parsed } from '../../octets/malformed.ts';

export interface NatDetection {
  readonly kind: 'nat-detection';
  /** As long as the digest of the negotiated hash algorithm. */
  readonly data: Uint8Array;
}

/** Reads the body of a NAT-D payload, which is nothing but the data: a view. */
export function parseNatDetection(body: Uint8Array): Parsed<NatDetection> {
  return body.length === 0 ? NOTHING : { kind: 'nat-detection', data: body };
}

/** The body of the NAT-D payload: the data itself, not copied. */
export function emitNatDetection({ data }: NatDetection): Uint8Array {
  return data;
}

const NOTHING = new Malformed('NAT-D payload', 'is empty');
