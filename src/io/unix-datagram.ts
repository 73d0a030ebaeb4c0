/**
 * Datagrams to sockets of this machine (unix(7)), which Node does not offer.
 *
 * @module
 */
import { setHostU16 } from '../octets/host.ts';
import { LINUX, libc, succeed } from './libc.ts';

/** `struct sockaddr_un`: the family, then the name. */
const SOCKADDR_NAME = 2;
const LONGEST_NAME = 107;

/**
 * The address of the socket `name`: a path, or after `@` a name that is in no file system; `null` when
 * it is neither.
 */
export function unixAddress(name: string): Uint8Array | null {
  const octets = new TextEncoder().encode(name);
  const isPath = name.startsWith('/');
  if ((!isPath && !name.startsWith('@')) || octets.length > LONGEST_NAME) return null;
  const address = new Uint8Array(SOCKADDR_NAME + octets.length + (isPath ? 1 : 0));
  setHostU16(address, 0, LINUX.AF_UNIX);
  address.set(octets, SOCKADDR_NAME);
  if (!isPath) address[SOCKADDR_NAME] = 0;
  return address;
}

/**
 * Sends `octets` to `address`; where its queue is full, waits, or fails without `patience`. Throws a
 * `SystemError` that says what could not be done, `doing`.
 */
export function sendUnixDatagram(
  address: Uint8Array,
  octets: Uint8Array,
  doing: string,
  patience: boolean,
): void {
  const type = LINUX.SOCK_DGRAM | LINUX.SOCK_CLOEXEC | (patience ? 0 : LINUX.SOCK_NONBLOCK);
  const fd = succeed(libc.socket(LINUX.AF_UNIX, type, 0), doing);
  try {
    succeed(libc.connect(fd, address, address.length), doing);
    succeed(libc.send(fd, octets, octets.length, 0), doing);
  } finally {
    libc.close(fd);
  }
}
