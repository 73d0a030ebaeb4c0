/**
 * The system calls that Node does not offer, through the C library.
 *
 * Every function here returns what the call returns: a negative number is a failure whose reason
 * {@link errno} tells until the next call. Those of the data path (`read`, `write`, `recv`, `recvmsg`,
 * `sendto`, `epoll_wait`) take addresses as numbers, never buffers: see `pinned-memory.ts`.
 *
 * @module
 */
import { getSystemErrorMap } from 'node:util';
import koffi from 'koffi';

const library = koffi.load(null);

function bind<F extends (...args: never[]) => unknown>(declaration: string): F {
  return library.func(declaration) as unknown as F;
}

type Buffered = Uint8Array;

const poll = library.func('int poll(uintptr_t entries, unsigned long count, int timeout)');

export const libc: {
  readonly open: (path: string, flags: number) => number;
  readonly close: (fd: number) => number;
  readonly ioctl: (fd: number, request: number, argument: Buffered) => number;
  readonly ioctlWith: (fd: number, request: number, value: number) => number;
  readonly socket: (family: number, type: number, protocol: number) => number;
  readonly bind: (fd: number, address: Buffered, length: number) => number;
  readonly connect: (fd: number, address: Buffered, length: number) => number;
  readonly setsockopt: (
    fd: number,
    level: number,
    name: number,
    value: Buffered,
    length: number,
  ) => number;
  readonly getsockopt: (
    fd: number,
    level: number,
    name: number,
    value: Buffered,
    length: Buffered,
  ) => number;
  readonly send: (fd: number, octets: Buffered, length: number, flags: number) => number;
  readonly recvInto: (fd: number, octets: Buffered, length: number, flags: number) => number;
  readonly if_nametoindex: (name: string) => number;
  readonly if_nameindex: () => number;
  readonly if_freenameindex: (list: number) => void;
  readonly eventfd: (count: number, flags: number) => number;
  readonly epoll_create1: (flags: number) => number;
  readonly epoll_ctl: (epoll: number, operation: number, fd: number, event: Buffered) => number;
  readonly writeFrom: (fd: number, octets: Buffered, length: number) => number;
  readonly flock: (fd: number, operation: number) => number;
  readonly unshare: (flags: number) => number;
  readonly setns: (fd: number, type: number) => number;
  readonly read: (fd: number, address: number, length: number) => number;
  readonly write: (fd: number, address: number, length: number) => number;
  readonly recv: (fd: number, address: number, length: number, flags: number) => number;
  readonly recvmsg: (fd: number, message: number, flags: number) => number;
  readonly recvmmsg: (
    fd: number,
    messages: number,
    count: number,
    flags: number,
    timeout: number,
  ) => number;
  readonly sendmsg: (fd: number, message: number, flags: number) => number;
  readonly sendmmsg: (fd: number, messages: number, count: number, flags: number) => number;
  readonly sendto: (
    fd: number,
    address: number,
    length: number,
    flags: number,
    to: number,
    toLength: number,
  ) => number;
  readonly epoll_wait: (epoll: number, events: number, most: number, timeoutMs: number) => number;
  readonly mmap: (
    address: number,
    length: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ) => number;
  readonly mprotect: (address: number, length: number, protection: number) => number;
  readonly munmap: (address: number, length: number) => number;
  readonly memcpy: (to: number, from: Buffered, length: number) => number;
  readonly calloc: (count: number, length: number) => number;
  readonly dlopen: (file: string | null, flags: number) => number;
  readonly dlsym: (library: number, name: string) => number;
} = {
  open: bind('int open(const char *path, int flags)'),
  close: bind('int close(int fd)'),
  ioctl: bind('int ioctl(int fd, unsigned long request, _Inout_ void *argument)'),
  ioctlWith: library.func('ioctl', 'int', ['int', 'ulong', 'ulong']) as never,
  socket: bind('int socket(int family, int type, int protocol)'),
  bind: bind('int bind(int fd, const void *address, uint32_t length)'),
  connect: bind('int connect(int fd, const void *address, uint32_t length)'),
  setsockopt: bind(
    'int setsockopt(int fd, int level, int name, const void *value, uint32_t length)',
  ),
  getsockopt: bind('int getsockopt(int fd, int level, int name, void *value, void *length)'),
  send: bind('long send(int fd, const void *octets, size_t length, int flags)'),
  recvInto: library.func('recv', 'long', ['int', 'void *', 'size_t', 'int']) as never,
  if_nametoindex: bind('unsigned int if_nametoindex(const char *name)'),
  if_nameindex: bind('uintptr_t if_nameindex()'),
  if_freenameindex: bind('void if_freenameindex(uintptr_t list)'),
  eventfd: bind('int eventfd(unsigned int count, int flags)'),
  epoll_create1: bind('int epoll_create1(int flags)'),
  epoll_ctl: bind('int epoll_ctl(int epoll, int operation, int fd, const void *event)'),
  writeFrom: library.func('write', 'long', ['int', 'const void *', 'size_t']) as never,
  flock: bind('int flock(int fd, int operation)'),
  unshare: bind('int unshare(int flags)'),
  setns: bind('int setns(int fd, int type)'),
  read: bind('long read(int fd, uintptr_t address, size_t length)'),
  write: bind('long write(int fd, uintptr_t address, size_t length)'),
  recv: bind('long recv(int fd, uintptr_t address, size_t length, int flags)'),
  recvmsg: bind('long recvmsg(int fd, uintptr_t message, int flags)'),
  recvmmsg: bind(
    'int recvmmsg(int fd, uintptr_t messages, unsigned int count, int flags, uintptr_t timeout)',
  ),
  sendmsg: bind('long sendmsg(int fd, uintptr_t message, int flags)'),
  sendmmsg: bind('int sendmmsg(int fd, uintptr_t messages, unsigned int count, int flags)'),
  sendto: bind(
    'long sendto(int fd, uintptr_t address, size_t length, int flags, uintptr_t to, uint32_t tolen)',
  ),
  epoll_wait: bind('int epoll_wait(int epoll, uintptr_t events, int most, int timeout)'),
  mmap: bind(
    'uintptr_t mmap(uintptr_t address, size_t length, int protection, int flags, int fd, long offset)',
  ),
  mprotect: bind('int mprotect(uintptr_t address, size_t length, int protection)'),
  munmap: bind('int munmap(uintptr_t address, size_t length)'),
  memcpy: bind('uintptr_t memcpy(uintptr_t to, const void *from, size_t length)'),
  calloc: bind('uintptr_t calloc(size_t count, size_t length)'),
  dlopen: bind('uintptr_t dlopen(const char *file, int flags)'),
  dlsym: bind('uintptr_t dlsym(uintptr_t library, const char *name)'),
};

/** `poll` in another thread. Why it failed, if it did, is not told. */
export function pollAside(entries: number, count: number, timeoutMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    poll.async(entries, count, timeoutMs, (error: Error | null, result: number) => {
      if (error === null) resolve(result);
      else reject(error);
    });
  });
}

/** Why the last call of this thread failed, as in errno.h. */
export function errno(): number {
  return koffi.errno();
}

/** A system call that failed where the operator has to know. */
export class SystemError extends Error {
  override readonly name = 'SystemError';
  /** As in errno.h. */
  readonly errno: number;
  /** `EPERM` and the like. */
  readonly code: string;

  /** `doing` is what was tried, as a clause: `open /dev/net/tun`. */
  constructor(doing: string, number: number, explanation?: string | null) {
    const [code, words] = systemErrorOf(number);
    super(`Cannot ${doing}: ${explanation ?? words} (${code})`);
    this.errno = number;
    this.code = code;
  }
}

/** Passes on the result of a call, or throws a {@link SystemError} saying what could not be done. */
export function succeed(result: number, doing: string): number {
  if (result < 0) throw new SystemError(doing, errno());
  return result;
}

/** Does `action`, and is content when it fails for one of these reasons; whether it did not. */
export function tolerate(codes: readonly string[], action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (!(error instanceof SystemError && codes.includes(error.code))) throw error;
    return false;
  }
}

/** The name and the words of an error number. */
function systemErrorOf(number: number): readonly [code: string, words: string] {
  return getSystemErrorMap().get(-number) ?? [`errno ${number}`, 'the system refused'];
}

/** Constants of Linux's headers that more than one driver needs. */
export const LINUX = {
  O_RDONLY: 0,
  O_RDWR: 2,
  O_NONBLOCK: 0o4000,
  O_CLOEXEC: 0o2000000,
  AF_UNIX: 1,
  AF_INET: 2,
  AF_INET6: 10,
  AF_NETLINK: 16,
  AF_PACKET: 17,
  SOCK_DGRAM: 2,
  SOCK_RAW: 3,
  SOCK_NONBLOCK: 0o4000,
  SOCK_CLOEXEC: 0o2000000,
  MSG_DONTWAIT: 0x40,
  SOL_SOCKET: 1,
  SO_REUSEADDR: 2,
  SO_ERROR: 4,
  SO_REUSEPORT: 15,
  SO_RCVTIMEO: 20,
  SO_ATTACH_FILTER: 26,
  SO_SNDBUFFORCE: 32,
  SO_RCVBUFFORCE: 33,
  SO_MARK: 36,
  SO_ATTACH_REUSEPORT_CBPF: 51,
  IPPROTO_IP: 0,
  IP_TOS: 1,
  IP_TTL: 2,
  IP_MTU_DISCOVER: 10,
  IP_PMTUDISC_DONT: 0,
  IP_PMTUDISC_PROBE: 3,
  IP_RECVTTL: 12,
  IP_RECVTOS: 13,
  IP_XFRM_POLICY: 17,
  SOL_RAW: 255,
  ICMP_FILTER: 1,
  IPPROTO_ICMPV6: 58,
  ICMPV6_FILTER: 1,
  IPPROTO_IPV6: 41,
  IPV6_MTU_DISCOVER: 23,
  IPV6_XFRM_POLICY: 35,
  IPV6_PMTUDISC_PROBE: 3,
  IPV6_RECVPKTINFO: 49,
  IPV6_PKTINFO: 50,
  IPV6_RECVHOPLIMIT: 51,
  IPV6_HOPLIMIT: 52,
  IPV6_RECVHOPOPTS: 53,
  IPV6_HOPOPTS: 54,
  IPV6_RECVRTHDR: 56,
  IPV6_RTHDR: 57,
  IPV6_RECVDSTOPTS: 58,
  IPV6_DSTOPTS: 59,
  IPV6_RECVTCLASS: 66,
  IPV6_TCLASS: 67,
} as const;
