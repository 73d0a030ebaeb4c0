/**
 * Addresses as extensions: `struct sadb_address` (RFC 2367 §2.3.3), and `struct sadb_x_kmaddress`,
 * the two addresses between which key managers talk.
 *
 *      sadb_address                        sadb_x_kmaddress
 *   4  protocol        octet            4  four octets, reserved
 *   5  prefix length   octet            8  socket address, local
 *   6  two octets, reserved                socket address, remote
 *   8  socket address
 *
 * Zeros fill up to a multiple of 8 octets.
 *
 * @module
 */
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { setU8, u8 } from '../octets/octets.ts';
import {
  emitSocketAddress,
  emitSocketAddressPair,
  parseSocketAddress,
  parseSocketAddressPair,
  type SocketAddress,
  socketAddressLength,
} from './socket-address.ts';

const PROTOCOL = 4;
const PREFIX_LENGTH = 5;
const SOCKET_ADDRESS = 8;

/** Whose address it is. `ADDRESS_PROXY` is the selector's source, where an SA has a selector. */
export type SadbAddressKind = 'ADDRESS_SRC' | 'ADDRESS_DST' | 'ADDRESS_PROXY' | 'X_NAT_T_OA';

export interface SadbAddress extends SocketAddress {
  readonly kind: SadbAddressKind;
  /** An IP protocol number; in a selector, IPSEC_PROTO_ANY is any. */
  readonly protocol: number;
  /** In bits. */
  readonly prefixLength: number;
}

export interface SadbKeyManagerAddress {
  readonly kind: 'X_KMADDRESS';
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
}

/** In octets, before padding. */
export function sadbAddressLength({ address }: SadbAddress): number {
  return SOCKET_ADDRESS + socketAddressLength(address);
}

export function parseSadbAddress(octets: Uint8Array, kind: SadbAddressKind): Parsed<SadbAddress> {
  const socketAddress = parseSocketAddress(octets.subarray(SOCKET_ADDRESS));
  if (socketAddress instanceof Malformed) return socketAddress;
  return {
    kind,
    protocol: u8(octets, PROTOCOL),
    prefixLength: u8(octets, PREFIX_LENGTH),
    ...socketAddress,
  };
}

/** Writes to `octets`, which are zero, all but the extension header. */
export function emitSadbAddress(address: SadbAddress, octets: Uint8Array): void {
  setU8(octets, PROTOCOL, address.protocol);
  setU8(octets, PREFIX_LENGTH, address.prefixLength);
  emitSocketAddress(address, octets.subarray(SOCKET_ADDRESS));
}

/** In octets, before padding. */
export function sadbKeyManagerAddressLength({ local, remote }: SadbKeyManagerAddress): number {
  return SOCKET_ADDRESS + socketAddressLength(local.address) + socketAddressLength(remote.address);
}

export function parseSadbKeyManagerAddress(octets: Uint8Array): Parsed<SadbKeyManagerAddress> {
  const pair = parseSocketAddressPair(octets.subarray(SOCKET_ADDRESS));
  if (pair instanceof Malformed) return pair;
  return { kind: 'X_KMADDRESS', local: pair[0], remote: pair[1] };
}

/** Writes to `octets`, which are zero, all but the extension header. */
export function emitSadbKeyManagerAddress(
  { local, remote }: SadbKeyManagerAddress,
  octets: Uint8Array,
): void {
  emitSocketAddressPair([local, remote], octets.subarray(SOCKET_ADDRESS));
}
