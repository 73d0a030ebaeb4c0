/**
 * What must not outlive the test process: namespaces, guests, temporary directories.
 *
 * Whoever makes such a thing registers how to undo it, synchronously, and takes the registration
 * back once it is gone. What is left is undone, last first, when the process exits or is told to
 * end. SIGKILL leaves namespaces behind; `namespace.ts` sweeps those up the next time.
 *
 * @module
 */

const pending = new Set<() => void>();
let watching = false;

/** Has `undo` called at the end of the process. Returns a function that calls this off. */
export function atExit(undo: () => void): () => void {
  watch();
  pending.add(undo);
  return () => {
    pending.delete(undo);
  };
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
