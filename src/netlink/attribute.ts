/**
 * Netlink attributes: type-length-value, aligned to four octets (linux/netlink.h).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     length, with this header  |             type              |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  value, then zeros up to a multiple of four octets            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * All integers are in host order, except that nf_tables wants the values of its attributes in
 * network order.
 *
 * @module
 */
import { hostU16, setHostU16, setHostU32 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { concatenate, setU8, setU32 } from '../octets/octets.ts';

const HEADER_LENGTH = 4;
/** Set in the type of an attribute whose value is attributes. */
const NLA_F_NESTED = 0x8000;
/** The type's own bits, without NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
const NLA_TYPE_MASK = 0x3fff;

/** One attribute as octets, header, padding and all. */
export type Attribute = Uint8Array;

/** An attribute of any octets. */
export function octetsAttribute(type: number, value: Uint8Array): Attribute {
  const attribute = new Uint8Array(aligned(HEADER_LENGTH + value.length));
  setHostU16(attribute, 0, HEADER_LENGTH + value.length);
  setHostU16(attribute, 2, type);
  attribute.set(value, HEADER_LENGTH);
  return attribute;
}

/** An attribute whose value is `attributes`. */
export function nestedAttribute(type: number, attributes: readonly Attribute[]): Attribute {
  return octetsAttribute(type | NLA_F_NESTED, concatenate(attributes));
}

/** A string with its closing NUL. */
export function textAttribute(type: number, text: string): Attribute {
  return octetsAttribute(type, new TextEncoder().encode(`${text}\0`));
}

/** One octet. */
export function u8Attribute(type: number, value: number): Attribute {
  const octets = new Uint8Array(1);
  setU8(octets, 0, value);
  return octetsAttribute(type, octets);
}

/** 32 bits in host order. */
export function u32Attribute(type: number, value: number): Attribute {
  const octets = new Uint8Array(4);
  setHostU32(octets, 0, value);
  return octetsAttribute(type, octets);
}

/** 32 bits in network order, as nf_tables has them. */
export function be32Attribute(type: number, value: number): Attribute {
  const octets = new Uint8Array(4);
  setU32(octets, 0, value);
  return octetsAttribute(type, octets);
}

/** The attributes in `octets`, by type, as views; of several of one type the last. */
export function parseAttributes(octets: Uint8Array): Parsed<ReadonlyMap<number, Uint8Array>> {
  const list = parseAttributeList(octets);
  return list instanceof Malformed ? list : new Map(list);
}

/** The types and values of the attributes in `octets`, in their order; the values are views. */
export function parseAttributeList(
  octets: Uint8Array,
): Parsed<readonly (readonly [type: number, value: Uint8Array])[]> {
  const attributes: [number, Uint8Array][] = [];
  let at = 0;
  while (at + HEADER_LENGTH <= octets.length) {
    const length = hostU16(octets, at);
    if (length < HEADER_LENGTH || at + length > octets.length) {
      return new Malformed('netlink attribute', `length ${length} does not fit`);
    }
    const type = hostU16(octets, at + 2) & NLA_TYPE_MASK;
    attributes.push([type, octets.subarray(at + HEADER_LENGTH, at + length)]);
    at += aligned(length);
  }
  return attributes;
}

/** The text of a string attribute, up to its NUL. */
export function attributeText(value: Uint8Array): string {
  const end = value.indexOf(0);
  return new TextDecoder().decode(end < 0 ? value : value.subarray(0, end));
}

/** `attributes` behind room of `length` zeros, for the structure that they belong to. */
export function attributesBehind(length: number, attributes: readonly Attribute[]): Uint8Array {
  return concatenate([new Uint8Array(length), ...attributes]);
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}
