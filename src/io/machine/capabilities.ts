/**
 * Giving privileges up (capabilities(7)), for good and for every thread.
 *
 * Capabilities belong to threads, and a process of Node has a dozen. What a thread may ever have is its
 * bounding set, which a program inherits from the thread that executes it. So the set is made small first,
 * and the program is executed then: in the same process ({@link executeAgain}), or in a child.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import koffi from 'koffi';
import { setHostU32 } from '../../octets/host.ts';
import { succeed } from '../libc.ts';

/** linux/capability.h */
const CAPABILITIES = {
  CAP_CHOWN: 0,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_NET_BIND_SERVICE: 10,
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
} as const;

export type Capability = keyof typeof CAPABILITIES;

const library = koffi.load(null);
const prctl = library.func('prctl', 'int', ['int', 'ulong', 'ulong', 'ulong', 'ulong']);
const capset = library.func('int capset(const void *header, const void *data)');
const execve = library.func('execve', 'int', ['str', 'const char **', 'const char **']);

const fcntl = library.func('fcntl', 'int', ['int', 'int', 'ulong']);

const F_SETFD = 2;
const STANDARD_STREAMS = [0, 1, 2];
const PR_SET_KEEPCAPS = 8;
const PR_CAPBSET_DROP = 24;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_RAISE = 2;
const CAPABILITY_VERSION_3 = 0x20080522;

/**
 * Takes all but `kept` out of the bounding set of this thread, which has to be able to (CAP_SETPCAP).
 * Returns whether anything was there to take. Throws a `SystemError`.
 */
export function narrowBoundingSet(kept: readonly Capability[]): boolean {
  const surplus = boundingSet() & ~maskOf(kept);
  for (let bit = 0n; surplus >> bit > 0n; bit++) {
    if (((surplus >> bit) & 1n) === 0n) continue;
    succeed(prctl(PR_CAPBSET_DROP, Number(bit), 0, 0, 0), `give up capability ${bit}`);
  }
  return surplus !== 0n;
}

/**
 * Executes this program again, with `words` and in this process: every thread of it begins anew, with
 * what the bounding set leaves. Does not return. Throws a `SystemError`.
 */
export function executeAgain(script: string, words: readonly string[]): never {
  const argv = [process.execPath, ...process.execArgv, script, ...words];
  const environment = Object.entries(process.env).map(([name, value]) => `${name}=${value ?? ''}`);
  // Node marks what it was started with as not to be inherited.
  for (const fd of STANDARD_STREAMS) fcntl(fd, F_SETFD, 0);
  succeed(
    execve(process.execPath, [...argv, null], [...environment, null]),
    'execute itself again',
  );
  throw new Error('Bug: execve(2) returned');
}

/**
 * Becomes the user and the group of these numbers. Of the capabilities this thread keeps `kept`, and what
 * it starts gets `inherited`; all other threads lose all. Throws.
 */
export function becomeUser(
  user: { readonly uid: number; readonly gid: number },
  kept: readonly Capability[],
  inherited: readonly Capability[],
): void {
  const doing = `become user ${user.uid}`;
  succeed(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), doing);
  process.setgroups?.([user.gid]);
  process.setgid?.(user.gid);
  // The C library does this in every thread; KEEPCAPS is of this one alone.
  process.setuid?.(user.uid);
  setCapabilities(kept, inherited, doing);
  for (const name of inherited) {
    const bit = CAPABILITIES[name];
    succeed(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, bit, 0, 0), doing);
  }
}

/** What this thread may ever have, a bit each. */
function boundingSet(): bigint {
  const status = readFileSync('/proc/thread-self/status', 'utf8');
  const [, digits] = /^CapBnd:\s*([\da-f]+)$/m.exec(status) ?? [];
  return BigInt(`0x${digits ?? '0'}`);
}

/** Gives this thread `kept`, in effect at once, and lets what it executes inherit `inherited`. */
function setCapabilities(
  kept: readonly Capability[],
  inherited: readonly Capability[],
  doing: string,
): void {
  const header = new Uint8Array(8);
  setHostU32(header, 0, CAPABILITY_VERSION_3);
  // Effective, permitted, inheritable; twice, for bits 0 to 31 and 32 to 63.
  const data = new Uint8Array(24);
  const mask = Number(maskOf(kept));
  setHostU32(data, 0, mask);
  setHostU32(data, 4, mask);
  setHostU32(data, 8, Number(maskOf(inherited)));
  succeed(capset(header, data), doing);
}

function maskOf(names: readonly Capability[]): bigint {
  return names.reduce((mask, name) => mask | (1n << BigInt(CAPABILITIES[name])), 0n);
}
