/**
 * What this process may do (capabilities(7)), and whether it may have a TUN device.
 *
 * @module
 */
import { closeSync, constants, openSync, readFileSync } from 'node:fs';

/** `linux/capability.h` */
const BITS = { CAP_NET_ADMIN: 12n, CAP_NET_RAW: 13n } as const;

/** The names of those that are in effect, of those that IPsec needs. */
export function effectiveCapabilities(): ReadonlySet<string> {
  const [, digits] =
    /^CapEff:\s*([\da-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  const mask = BigInt(`0x${digits ?? '0'}`);
  const names = Object.entries(BITS).filter(([, bit]) => ((mask >> bit) & 1n) === 1n);
  return new Set(names.map(([name]) => name));
}

/** Whether `/dev/net/tun` can be opened. */
export function tunState(): 'usable' | 'missing' | 'refused' {
  try {
    closeSync(openSync('/dev/net/tun', constants.O_RDWR));
    return 'usable';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'EACCES' || code === 'EPERM' ? 'refused' : 'missing';
  }
}
