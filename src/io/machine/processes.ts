/**
 * The processes that share this network namespace, and which of them holds a UDP port (proc(5)).
 *
 * @module
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

export interface Process {
  readonly pid: number;
  /** Of the program. */
  readonly name: string;
}

/** Those that can be seen, and have not ended. */
export function processesHere(): Process[] {
  const own = linkOf('/proc/self/ns/net');
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    if (!isIn(own, entry)) return [];
    const comm = textOf(`/proc/${entry}/comm`)?.trim();
    if (!comm) return [];
    // The kernel cuts names off, and threads may rename themselves: the program's file says more.
    const file = linkOf(`/proc/${entry}/exe`);
    const name = file === null ? comm : basename(file.replace(/ \(deleted\)$/, ''));
    return [{ pid: Number(entry), name: name.startsWith(comm) ? name : comm }];
  });
}

/** A process that may not be looked into counts as one of `namespace`; one that has ended is nowhere. */
function isIn(namespace: string | null, entry: string): boolean {
  try {
    return readlinkSync(`/proc/${entry}/ns/net`) === namespace;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES';
  }
}

/** Those of `ports` that are bound, each once, with a holder among `processes` where it can be seen. */
export function boundUdpPorts(
  ports: readonly number[],
  processes: readonly Process[],
): { readonly port: number; readonly holder: Process | null }[] {
  const inodes = new Map<string, number>();
  for (const file of ['/proc/net/udp', '/proc/net/udp6']) {
    for (const line of (textOf(file) ?? '').split('\n').slice(1)) {
      const [, local = '', , , , , , , , inode] = line.trim().split(/\s+/);
      const port = Number.parseInt(local.split(':')[1] ?? '', 16);
      if (inode !== undefined && ports.includes(port)) inodes.set(`socket:[${inode}]`, port);
    }
  }
  const bound = new Map<number, Process | null>([...inodes.values()].map((port) => [port, null]));
  for (const process of inodes.size === 0 ? [] : processes) {
    for (const link of descriptorsOf(process.pid)) {
      const port = inodes.get(link);
      if (port !== undefined) bound.set(port, process);
    }
  }
  return [...bound].map(([port, holder]) => ({ port, holder }));
}

function descriptorsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => linkOf(`/proc/${pid}/fd/${fd}`) ?? []);
  } catch {
    return [];
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
