/**
 * By what things of this machine are told from others of the same name: boots, network namespaces,
 * processes, sockets.
 *
 * @module
 */
import { readFileSync, statSync } from 'node:fs';
import { toHex } from '../octets/hex.ts';
import { setHostU32 } from '../octets/host.ts';
import { LINUX, libc, succeed } from './libc.ts';

/** Different after each boot. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

const SO_NETNS_COOKIE = 71;

/**
 * Of the network namespace that the process is in. No other has it before the next boot; on kernels
 * before 5.14, none as long as this one is there.
 */
export function networkNamespaceId(): string {
  const type = LINUX.SOCK_DGRAM | LINUX.SOCK_CLOEXEC;
  const fd = succeed(libc.socket(LINUX.AF_UNIX, type, 0), 'open a socket');
  try {
    const cookie = new Uint8Array(8);
    const length = new Uint8Array(4);
    setHostU32(length, 0, cookie.length);
    const told = libc.getsockopt(fd, LINUX.SOL_SOCKET, SO_NETNS_COOKIE, cookie, length) === 0;
    return told ? toHex(cookie) : `${statSync('/proc/self/ns/net').ino}`;
  } finally {
    libc.close(fd);
  }
}

/** Different for each file that was ever at `path`; `null` when there is none. */
export function fileId(path: string): string | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? null : `${found.ino}-${found.ctimeNs}`;
}

/** A process: its number, and when it started, for numbers are used again. */
export interface ProcessId {
  readonly pid: number;
  readonly startedAt: string;
}

/** The process of that number; `null` when there is none. */
export function processOf(pid: number): ProcessId | null {
  const fields = statOf(pid);
  return fields === null ? null : { pid, startedAt: fields[STARTED_AT] ?? '' };
}

/** The parent of process `pid`; `null` when there is none. */
export function parentOf(pid: number): number | null {
  const parent = Number(statOf(pid)?.[PARENT] ?? 0);
  return parent > 0 ? parent : null;
}

/** Whether `known` still runs. */
export function isRunning(known: ProcessId): boolean {
  return processOf(known.pid)?.startedAt === known.startedAt;
}

/** The environment that process `pid` was started with; `null` when that is not told. */
export function environmentOf(pid: number): ReadonlyMap<string, string> | null {
  try {
    const words = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return new Map(words.map((word) => splitOnce(word)));
  } catch {
    return null;
  }
}

function splitOnce(word: string): [string, string] {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}

/** proc_pid_stat(5): the fields behind the name, which may have blanks and parentheses. */
function statOf(pid: number): readonly string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : fields;
  } catch {
    return null;
  }
}

const PARENT = 1;
const STARTED_AT = 19;
