/**
 * Data attributes (RFC 2408 §3.3): of two octets within the header, or of any length behind it.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |A|       Attribute Type        |    AF=0  Attribute Length     |
 * |F|                             |    AF=1  Attribute Value      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                   AF=0  Attribute Value                       ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */
import type { Parsed } from '../../octets/malformed.ts';
import { concatenate, setU16, setU32 } from '../../octets/octets.ts';
import { Reader } from '../../octets/reader.ts';
import { MOST_ATTRIBUTES } from './limits.ts';

const TYPE = 0;
const LENGTH_OR_VALUE = 2;
const VALUE = 4;
const ATTRIBUTE_FORMAT = 0x8000;

export interface DataAttribute {
  /** 15 bits. */
  readonly type: number;
  /** A number of 16 bits within the header (AF=1), or the octets behind it (AF=0). */
  readonly value: number | Uint8Array;
}

/** The attribute of `type` with the unsigned 32-bit integer `value`, in the shorter of both forms. */
export function numberAttribute(type: number, value: number): DataAttribute {
  if (value <= 0xffff) return { type, value };
  const octets = new Uint8Array(4);
  setU32(octets, 0, value);
  return { type, value: octets };
}

/**
 * What `attribute` counts, whichever form it has (RFC 2409 Appendix A: a short value may come in the long
 * form). `undefined` when it is of no octets, or larger than a number can tell.
 */
export function attributeNumber({ value }: DataAttribute): number | undefined {
  if (typeof value === 'number') return value;
  if (value.length === 0) return undefined;
  const number = value.reduce((sum, octet) => sum * 0x100 + octet, 0);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** The attributes in `octets`, in their order; values are views. */
export function parseDataAttributes(octets: Uint8Array): Parsed<readonly DataAttribute[]> {
  const reader = new Reader('data attribute', octets);
  const attributes: DataAttribute[] = [];
  while (reader.remaining > 0) {
    if (attributes.length === MOST_ATTRIBUTES) {
      reader.reject(`more than ${MOST_ATTRIBUTES} of them`);
    }
    const word = reader.u16();
    const lengthOrValue = reader.u16();
    const type = word & ~ATTRIBUTE_FORMAT;
    const value = word & ATTRIBUTE_FORMAT ? lengthOrValue : reader.take(lengthOrValue);
    attributes.push({ type, value });
  }
  return reader.end(attributes);
}

/** `attributes` one behind the other, unpadded (RFC 2408 §3.3). */
export function emitDataAttributes(attributes: readonly DataAttribute[]): Uint8Array {
  return concatenate(attributes.map(emitDataAttribute));
}

function emitDataAttribute({ type, value }: DataAttribute): Uint8Array {
  const basic = typeof value === 'number';
  const octets = new Uint8Array(VALUE + (basic ? 0 : value.length));
  setU16(octets, TYPE, basic ? type | ATTRIBUTE_FORMAT : type);
  setU16(octets, LENGTH_OR_VALUE, basic ? value : value.length);
  if (!basic) octets.set(value, VALUE);
  return octets;
}
