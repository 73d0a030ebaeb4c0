/**
 * Identification payloads (RFC 2407 §4.6.2).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    ID Type    |  Protocol ID  |             Port              |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                     Identification Data                       ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */
import { type IpAddress, ipAddressAt } from '../../net/ip-address.ts';
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { setU8, setU16, u8, u16 } from '../../octets/octets.ts';

const TYPE = 0;
const PROTOCOL = 1;
const PORT = 2;
const DATA = 4;

/** §4.6.2.1. Numbers that are not here stay numbers. */
export const IDENTIFICATION_TYPE = {
  IPV4_ADDR: 1,
  FQDN: 2,
  USER_FQDN: 3,
  IPV4_ADDR_SUBNET: 4,
  IPV6_ADDR: 5,
  IPV6_ADDR_SUBNET: 6,
  IPV4_ADDR_RANGE: 7,
  IPV6_ADDR_RANGE: 8,
  DER_ASN1_DN: 9,
  DER_ASN1_GN: 10,
  KEY_ID: 11,
} as const;

export interface Identification {
  readonly kind: 'identification';
  /** One of {@link IDENTIFICATION_TYPE}, or another number. */
  readonly type: number;
  /** IP protocol number; 0 is any. */
  readonly protocol: number;
  /** 0 is any. */
  readonly port: number;
  /** Of the right length if `type` is one of addresses, else any octets. */
  readonly data: Uint8Array;
}

/** Reads the body of an ID payload; the data is a view. */
export function parseIdentification(body: Uint8Array): Parsed<Identification> {
  if (body.length < DATA) return Malformed.truncated(WHAT, DATA, body.length);
  const type = u8(body, TYPE);
  const data = body.subarray(DATA);
  const shape = ADDRESSES.get(type);
  if (shape !== undefined && data.length !== shape.count * shape.length) {
    return new Malformed(WHAT, `type ${type} has ${data.length} octets of data`);
  }
  return {
    kind: 'identification',
    type,
    protocol: u8(body, PROTOCOL),
    port: u16(body, PORT),
    data,
  };
}

/** The body of the ID payload: `IDii_b` and the like of RFC 2409 §3.2. */
export function emitIdentification({ type, protocol, port, data }: Identification): Uint8Array {
  const body = new Uint8Array(DATA + data.length);
  setU8(body, TYPE, type);
  setU8(body, PROTOCOL, protocol);
  setU16(body, PORT, port);
  body.set(data, DATA);
  return body;
}

/**
 * The address; or the address and the mask of a subnet; or the ends of a range, both of which belong to
 * it. Copied. None for types that have no addresses.
 */
export function identificationAddresses({ type, data }: Identification): readonly IpAddress[] {
  const shape = ADDRESSES.get(type);
  if (shape === undefined) return [];
  const { version, count, length } = shape;
  return Array.from({ length: count }, (_, k) => ipAddressAt(version, data, k * length));
}

interface Shape {
  readonly version: 4 | 6;
  /** Octets of each address. */
  readonly length: number;
  readonly count: 1 | 2;
}

const ADDRESSES: ReadonlyMap<number, Shape> = new Map<number, Shape>([
  [IDENTIFICATION_TYPE.IPV4_ADDR, { version: 4, length: 4, count: 1 }],
  [IDENTIFICATION_TYPE.IPV4_ADDR_SUBNET, { version: 4, length: 4, count: 2 }],
  [IDENTIFICATION_TYPE.IPV4_ADDR_RANGE, { version: 4, length: 4, count: 2 }],
  [IDENTIFICATION_TYPE.IPV6_ADDR, { version: 6, length: 16, count: 1 }],
  [IDENTIFICATION_TYPE.IPV6_ADDR_SUBNET, { version: 6, length: 16, count: 2 }],
  [IDENTIFICATION_TYPE.IPV6_ADDR_RANGE, { version: 6, length: 16, count: 2 }],
]);

const WHAT = 'ID payload';
