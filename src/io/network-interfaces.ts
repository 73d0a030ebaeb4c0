/**
 * The network interfaces of this host, as far as a capture needs to know them (netdevice(7)).
 *
 * @module
 */
import koffi from 'koffi';
import { hostU16, setHostU32 } from '../octets/host.ts';
import { LINUX, libc, succeed } from './libc.ts';

const SIOCGIFNAME = 0x8910;
const SIOCGIFFLAGS = 0x8913;
const SIOCGIFHWADDR = 0x8927;
/** `struct ifreq`: the name, then what is asked for. */
const IFREQ_LENGTH = 40;
const IFREQ_NAME_LENGTH = 16;
const IFF_UP = 1;
const IFF_RUNNING = 0x40;

/** `struct if_nameindex`: the index, and where the name stands. */
const NAME_INDEX_LENGTH = 16;
const NAME_INDEX_NAME = 8;

/** Kinds of interfaces, by Linux's numbers (`linux/if_arp.h`). */
export const ARPHRD = {
  ETHER: 1,
  RAWIP: 519,
  TUNNEL: 768,
  TUNNEL6: 769,
  LOOPBACK: 772,
  SIT: 776,
  NONE: 0xfffe,
} as const;

export interface NetworkInterface {
  readonly index: number;
  readonly name: string;
  /** One of {@link ARPHRD}, or another. */
  readonly hardwareType: number;
  /** Configured to work, and with a carrier. */
  readonly running: boolean;
}

/** All interfaces, by index. Throws a `SystemError`. */
export function networkInterfaces(): NetworkInterface[] {
  const found: NetworkInterface[] = [];
  const list = libc.if_nameindex();
  if (list === 0) return found;
  for (let at = list; ; at += NAME_INDEX_LENGTH) {
    const index: number = koffi.decode(at, 'uint');
    if (index === 0) break;
    const described = describe(koffi.decode(at + NAME_INDEX_NAME, 'char *'), index);
    if (described !== null) found.push(described);
  }
  libc.if_freenameindex(list);
  return found;
}

/** The interface called `name`; `null` when there is none. Throws a `SystemError`. */
export function networkInterface(name: string): NetworkInterface | null {
  const index = libc.if_nametoindex(name);
  return index === 0 ? null : describe(name, index);
}

/** The name of the interface with index `index`; `null` when there is none. */
export function interfaceName(index: number): string | null {
  return asking((fd) => {
    const request = new Uint8Array(IFREQ_LENGTH);
    setHostU32(request, IFREQ_NAME_LENGTH, index);
    return libc.ioctl(fd, SIOCGIFNAME, request) < 0 ? null : nameIn(request);
  });
}

/** `null` when the interface is gone. */
function describe(name: string, index: number): NetworkInterface | null {
  return asking((fd) => {
    const request = new Uint8Array(IFREQ_LENGTH);
    request.set(new TextEncoder().encode(name).subarray(0, IFREQ_NAME_LENGTH - 1));
    if (libc.ioctl(fd, SIOCGIFHWADDR, request) < 0) return null;
    const hardwareType = hostU16(request, IFREQ_NAME_LENGTH);
    if (libc.ioctl(fd, SIOCGIFFLAGS, request) < 0) return null;
    const flags = hostU16(request, IFREQ_NAME_LENGTH);
    const wanted = IFF_UP | IFF_RUNNING;
    return { index, name, hardwareType, running: (flags & wanted) === wanted };
  });
}

function asking<T>(ask: (fd: number) => T): T {
  const type = LINUX.SOCK_DGRAM | LINUX.SOCK_CLOEXEC;
  const fd = succeed(libc.socket(LINUX.AF_INET, type, 0), 'ask about network interfaces');
  try {
    return ask(fd);
  } finally {
    libc.close(fd);
  }
}

function nameIn(request: Uint8Array): string {
  const end = request.indexOf(0);
  return new TextDecoder().decode(request.subarray(0, Math.min(end, IFREQ_NAME_LENGTH)));
}
