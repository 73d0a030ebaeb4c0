/**
 * The guard: a process of its own that takes a change back unless it is confirmed in time.
 *
 *   apply ── starts ──► guard ── "ready" ──► apply ── commits
 *                         │ sleeps
 *                         ├── told to look (SIGTERM) ─┐
 *                         └── time is up ─────────────┴──► still pending? ──► roll back, again and
 *                                                                            again until it is done
 *
 * It has a session of its own, so that it outlives the terminal, the connection and the process that
 * started it. Whoever confirms removes what is pending and then tells it to look. Whoever ends it while
 * something is pending, a login manager that clears up for one, has it rolled back at once.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { type ProcessId, processOf } from '../../../io/identity.ts';
import { openEither } from '../../open-backend.ts';
import { Memory } from './memory.ts';
import { rollBack } from './roll-back.ts';

/** The descriptor by which the guard says that it is awake. */
const READY_FD = 3;
const LONGEST_START_MS = 20_000;
/** Between two tries to roll back. */
const PAUSE_MS = 250;

/** What a guard has to know, as words of its command line. */
export interface GuardStart {
  readonly kind: 'kernel' | 'userspace';
  /** The control socket, whole. */
  readonly control: string;
  /** Of the change. */
  readonly id: string;
  readonly timeoutMs: number;
}

/** Starts a guard; resolves when it watches over what is pending. */
export async function startGuard(start: GuardStart): Promise<ProcessId> {
  const script = process.argv[1];
  if (script === undefined) throw new Error('Bug: a command without a name');
  const argument = JSON.stringify(start);
  const child = spawn(process.execPath, [script, 'apply', '--guard', argument], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const said = child.stdio[READY_FD];
  if (said === null || said === undefined) throw new Error('Bug: a guard without a voice');
  let late: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const failed = (why: string) => reject(new Error(`the guard did not start: ${why}`));
      late = globalThis.setTimeout(failed, LONGEST_START_MS, 'it takes too long');
      said.once('data', () => resolve());
      child.once('error', ({ message }) => failed(message));
      child.once('exit', (status) => failed(`it ended with status ${status}`));
    });
    const guard = child.pid === undefined ? null : processOf(child.pid);
    if (guard === null) throw new Error('the guard did not start: it is gone');
    return guard;
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(late);
    said.destroy();
    child.unref();
  }
}

/** The guard itself; resolves when there is nothing to guard any more. */
export async function guard(argument: string): Promise<number> {
  const start: GuardStart = JSON.parse(argument);
  const look = new AbortController();
  process.on('SIGHUP', () => undefined);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => look.abort());
  const memory = new Memory(start.kind, start.control);
  writeSync(READY_FD, 'ready');
  closeSync(READY_FD);
  const why = await setTimeout(start.timeoutMs, null, { signal: look.signal }).then(
    () => 'it was not confirmed in time',
    () => 'the guard was told to end before it was confirmed',
  );
  while (!(await isSettled(memory, start, why).catch(() => false))) await setTimeout(PAUSE_MS);
  return 0;
}

/** Whether nothing is to be done any more. Rejects when it could not be done. */
function isSettled(memory: Memory, start: GuardStart, why: string): Promise<boolean> {
  return memory.exclusively(async () => {
    const { pending } = memory;
    if (pending?.id !== start.id) return true;
    const { backend } = await openEither(start.kind, start.control);
    try {
      await rollBack(memory, pending, backend, why);
    } finally {
      await backend.close();
    }
    return true;
  });
}
