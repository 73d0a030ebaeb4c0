/**
 * Addresses inside PF_KEY messages: `struct sockaddr_in` and `struct sockaddr_in6`.
 *
 *      sockaddr_in                  sockaddr_in6
 *   0  family, 2                    family, 10               16 bits in host order
 *   2  port                         port                     16 bits in network order
 *   4  address, 4 octets            flow information         32 bits
 *   8  eight octets of nothing      address, 16 octets
 *  24                               scope                    32 bits
 *
 * Linux leaves flow information and scope zero.
 *
 * @module
 */
import { type IpAddress, ipAddressAt } from '../net/ip-address.ts';
import { hostU16, setHostU16 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { setU16, u16 } from '../octets/octets.ts';

const FAMILY = 0;
const PORT = 2;

const AF_INET = 2;
const AF_INET6 = 10;

/** Where the address of either family stands, and how many octets there are in all. */
const LAYOUT = { 4: { address: 4, length: 16 }, 6: { address: 8, length: 28 } } as const;

export interface SocketAddress {
  readonly address: IpAddress;
  readonly port: number;
}

/** The family number of `address`. */
export function socketFamily({ version }: IpAddress): number {
  return version === 4 ? AF_INET : AF_INET6;
}

/** Octets of a socket address that holds `address`, without padding. */
export function socketAddressLength({ version }: IpAddress): number {
  return LAYOUT[version].length;
}

/** Reads the socket address at the front of `octets`; what follows it does not matter. */
export function parseSocketAddress(octets: Uint8Array): Parsed<SocketAddress> {
  if (octets.length < 2) return Malformed.truncated(WHAT, 2, octets.length);
  const family = hostU16(octets, FAMILY);
  if (family !== AF_INET && family !== AF_INET6) return new Malformed(WHAT, `family ${family}`);
  const version = family === AF_INET ? 4 : 6;
  const { address, length } = LAYOUT[version];
  if (octets.length < length) return Malformed.truncated(WHAT, length, octets.length);
  return { address: ipAddressAt(version, octets, address), port: u16(octets, PORT) };
}

/** Writes to the front of `octets`, which are zero. */
export function emitSocketAddress({ address, port }: SocketAddress, octets: Uint8Array): void {
  setHostU16(octets, FAMILY, socketFamily(address));
  setU16(octets, PORT, port);
  octets.set(address.octets, LAYOUT[address.version].address);
}

/** Reads two of one family, one right behind the other. */
export function parseSocketAddressPair(
  octets: Uint8Array,
): Parsed<readonly [SocketAddress, SocketAddress]> {
  const first = parseSocketAddress(octets);
  if (first instanceof Malformed) return first;
  const second = parseSocketAddress(octets.subarray(socketAddressLength(first.address)));
  if (second instanceof Malformed) return second;
  if (first.address.version !== second.address.version) {
    return new Malformed(WHAT, 'the two of a pair are of different families');
  }
  return [first, second];
}

/** Writes two, one right behind the other, to the front of `octets`, which are zero. */
export function emitSocketAddressPair(
  [first, second]: readonly [SocketAddress, SocketAddress],
  octets: Uint8Array,
): void {
  emitSocketAddress(first, octets);
  emitSocketAddress(second, octets.subarray(socketAddressLength(first.address)));
}

const WHAT = 'socket address';
