/**
 * NAT-OA payloads (RFC 3947 §5.2): the address that an end of a transport mode SA has for itself.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    ID Type    |   RESERVED    |            RESERVED           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~           IPv4 (4 octets) or IPv6 address (16 octets)         ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */
import { type IpAddress, ipAddressAt } from '../../net/ip-address.ts';
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { setU8, u8 } from '../../octets/octets.ts';
import { IDENTIFICATION_TYPE } from './identification.ts';

const TYPE = 0;
const ADDRESS = 4;

export interface NatOriginalAddress {
  readonly kind: 'nat-original-address';
  readonly address: IpAddress;
}

/** Reads the body of a NAT-OA payload; the address is copied. */
export function parseNatOriginalAddress(body: Uint8Array): Parsed<NatOriginalAddress> {
  if (body.length < ADDRESS) return Malformed.truncated(WHAT, ADDRESS, body.length);
  const type = u8(body, TYPE);
  const version = VERSIONS.get(type);
  if (version === undefined) return new Malformed(WHAT, `type ${type} is not one of addresses`);
  const length = ADDRESS + (version === 4 ? 4 : 16);
  if (body.length !== length) return new Malformed(WHAT, `is of ${body.length} octets`);
  return { kind: 'nat-original-address', address: ipAddressAt(version, body, ADDRESS) };
}

/** The body of the NAT-OA payload. */
export function emitNatOriginalAddress({ address }: NatOriginalAddress): Uint8Array {
  const body = new Uint8Array(ADDRESS + address.octets.length);
  const { IPV4_ADDR, IPV6_ADDR } = IDENTIFICATION_TYPE;
  setU8(body, TYPE, address.version === 4 ? IPV4_ADDR : IPV6_ADDR);
  body.set(address.octets, ADDRESS);
  return body;
}

const WHAT = 'NAT-OA payload';
const VERSIONS: ReadonlyMap<number, 4 | 6> = new Map<number, 4 | 6>([
  [IDENTIFICATION_TYPE.IPV4_ADDR, 4],
  [IDENTIFICATION_TYPE.IPV6_ADDR, 6],
]);
