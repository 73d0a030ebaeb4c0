/**
 * Sockets of IPv4 and IPv6: opening them, their options, and addresses as they take them.
 *
 * @module
 */
import os from 'node:os';
import type { IpAddress } from '../net/ip-address.ts';
import { ADDRESS_FAMILY } from '../netlink/link.ts';
import { setHostU16, setHostU32 } from '../octets/host.ts';
import { setU16 } from '../octets/octets.ts';
import { errno, LINUX, libc, SystemError } from './libc.ts';

/** `struct sockaddr_in` and `struct sockaddr_in6`: the family, the port in network order, ... */
export const SOCKADDR_PORT = 2;
/** ... and where the address stands. */
export const SOCKADDR_ADDRESS = { 4: 4, 6: 8 } as const;
export const SOCKADDR_LENGTH = { 4: 16, 6: 28 } as const;

const RECEIVE_BUFFER_LENGTH = 8 << 20;
const { EAFNOSUPPORT } = os.constants.errno;

/**
 * Opens a socket that never waits; `null` when this kernel has no IPv6 and one of that is asked for.
 * Throws a `SystemError` that says what `doing` failed at.
 */
export function openIpSocket(
  version: 4 | 6,
  type: number,
  protocol: number,
  doing: string,
): number | null {
  const flags = LINUX.SOCK_NONBLOCK | LINUX.SOCK_CLOEXEC;
  const fd = libc.socket(ADDRESS_FAMILY[version], type | flags, protocol);
  if (fd >= 0) return fd;
  const reason = errno();
  if (version === 6 && reason === EAFNOSUPPORT) return null;
  throw new SystemError(doing, reason);
}

/** Sets an option that is an integer. One that the kernel does not know is let go. */
export function setSocketOption(fd: number, level: number, name: number, value: number): void {
  const octets = new Uint8Array(4);
  setHostU32(octets, 0, value);
  libc.setsockopt(fd, level, name, octets, octets.length);
}

/** Makes room for as many packets as come while the data plane is busy. */
export function widenReceiveBuffer(fd: number): void {
  setSocketOption(fd, LINUX.SOL_SOCKET, LINUX.SO_RCVBUFFORCE, RECEIVE_BUFFER_LENGTH);
}

/** `address` and `port` as the system calls take them. */
export function socketAddress({ version, octets }: IpAddress, port: number): Uint8Array {
  const result = new Uint8Array(SOCKADDR_LENGTH[version]);
  setHostU16(result, 0, ADDRESS_FAMILY[version]);
  setU16(result, SOCKADDR_PORT, port);
  result.set(octets, SOCKADDR_ADDRESS[version]);
  return result;
}
