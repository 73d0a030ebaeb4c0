/**
 * What tests inside a guest do beside the kernel backend: run programs, enter namespaces, load files.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import koffi from 'koffi';
import { readSetkey } from '../../../src/config/index.ts';
import { KernelBackend } from '../../../src/io/xfrm/kernel-backend.ts';
import type { Change } from '../../../src/ipsec/change.ts';

/** Runs a shell script and returns what it printed; throws when it fails. */
export function sh(script: string): string {
  return execFileSync('sh', ['-ec', script], { encoding: 'utf8', stdio: 'pipe' });
}

/** `ip xfrm state` as it prints it, without empty lines and blanks at the ends of lines. */
export function ipXfrm(what: 'state' | 'policy'): string[] {
  return sh(`ip xfrm ${what}`)
    .split(/\n(?=src )/)
    .map((entry) => entry.trim().replace(/\s*\n\s*/g, '\n'))
    .filter((entry) => entry !== '');
}

/** The changes that a setkey file asks for, in one commit. */
export function changesOf(file: string): Change[] {
  const { steps, diagnostics } = readSetkey({ name: file, text: readFileSync(file, 'utf8') });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(`Cannot read ${file}: ${errors[0]?.message}`);
  return steps.flatMap((step) => (step.kind === 'change' ? step.changes : []));
}

/** A backend of the namespace that `ip netns` calls `name`: sockets stay where they are opened. */
export function backendIn(name: string): KernelBackend {
  const here = openSync('/proc/thread-self/ns/net', 'r');
  const there = openSync(`/run/netns/${name}`, 'r');
  try {
    enter(there);
    return new KernelBackend();
  } finally {
    enter(here);
    closeSync(here);
    closeSync(there);
  }
}

function enter(fd: number): void {
  if (setns(fd, CLONE_NEWNET) !== 0) throw new Error('Cannot enter a network namespace');
}

const setns: (fd: number, type: number) => number = koffi
  .load(null)
  .func('int setns(int fd, int type)') as never;
const CLONE_NEWNET = 0x40000000;
