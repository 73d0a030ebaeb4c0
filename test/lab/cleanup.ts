/**
 * What must not outlive the test process: namespaces, guests, temporary directories.
 *
 * Whoever makes such a thing registers how to undo it, synchronously, and takes the registration
 * back once it is gone. What is left is undone, last first, when the process exits or is told to
 * end. SIGKILL leaves namespaces and directories behind. Their names carry the id of the process
 * that made them, by which the next test process recognizes and removes them.
 *
 * @module
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const pending = new Set<() => void>();
let watching = false;
let swept = false;

/** Has `undo` called at the end of the process. Returns a function that calls this off. */
export function atExit(undo: () => void): () => void {
  watch();
  pending.add(undo);
  return () => {
    pending.delete(undo);
  };
}

/** A directory for this process alone, and the function that removes it before its end. */
export interface TemporaryDirectory {
  readonly path: string;
  readonly remove: () => void;
}

/** Makes a directory that lasts as long as this process at most. */
export function makeTemporaryDirectory(): TemporaryDirectory {
  for (const name of swept ? [] : readdirSync(tmpdir())) {
    if (isStale(name)) removeTree(join(tmpdir(), name));
  }
  swept = true;
  const path = mkdtempSync(join(tmpdir(), `${LAB_PREFIX}${process.pid}-`));
  const forget = atExit(() => removeTree(path));
  return {
    path,
    remove: () => {
      forget();
      removeTree(path);
    },
  };
}

/** Whether `name` is of something that a process left behind which is no more. */
export function isStale(name: string): boolean {
  const owner = new RegExp(`^${LAB_PREFIX}(\\d+)-`).exec(name)?.[1];
  if (owner === undefined) return false;
  try {
    process.kill(Number(owner), 0);
    return false;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'EPERM');
  }
}

/** What the name of everything begins with that could be left behind; the process id follows. */
export const LAB_PREFIX = 'ipseal-';

function removeTree(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

function watch(): void {
  if (watching) return;
  watching = true;
  process.once('exit', undoAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      undoAll();
      // Nobody else listens: the signal shall end the process as if it had not been caught.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  }
}

function undoAll(): void {
  for (const undo of [...pending].reverse()) {
    pending.delete(undo);
    try {
      undo();
    } catch (error) {
      process.stderr.write(`lab: Cannot clean up: ${String(error)}\n`);
    }
  }
}
