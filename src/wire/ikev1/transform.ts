/**
 * Transform payloads (RFC 2408 §3.6): one choice of algorithms, with its attributes.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Transform #  |  Transform-Id |           RESERVED2           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                        SA Attributes                          ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { setU8, u8 } from '../../octets/octets.ts';
import { type DataAttribute, emitDataAttributes, parseDataAttributes } from './data-attribute.ts';

const NUMBER = 0;
const ID = 1;
const ATTRIBUTES = 4;

export interface Transform {
  readonly number: number;
  /** What it means is the protocol's: `TRANSFORM_ID` of `ipsec-doi.ts`. */
  readonly id: number;
  readonly attributes: readonly DataAttribute[];
}

/** Reads the body of a transform payload. */
export function parseTransform(body: Uint8Array): Parsed<Transform> {
  if (body.length < ATTRIBUTES) return Malformed.truncated('transform', ATTRIBUTES, body.length);
  const attributes = parseDataAttributes(body.subarray(ATTRIBUTES));
  if (attributes instanceof Malformed) return attributes;
  return { number: u8(body, NUMBER), id: u8(body, ID), attributes };
}

/** The body of the transform payload. */
export function emitTransform({ number, id, attributes }: Transform): Uint8Array {
  const sequence = emitDataAttributes(attributes);
  const body = new Uint8Array(ATTRIBUTES + sequence.length);
  setU8(body, NUMBER, number);
  setU8(body, ID, id);
  body.set(sequence, ATTRIBUTES);
  return body;
}
