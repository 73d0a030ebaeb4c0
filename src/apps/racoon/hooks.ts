/**
 * Running hook scripts: without a shell, not awaited, some at a time, their output to the log.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { whyNot } from '../file-trouble.ts';
import type { HookRun } from './hook-environment.ts';

/** How many run at once; the others wait. */
const MOST_RUNNING = 8;
/** How many wait; those that come when as many do are not run. */
const MOST_WAITING = 1024;
/** One that takes longer is killed. */
const LONGEST_MS = 120_000;
/** Of its output, per run; the rest is read and forgotten. */
const MOST_OUTPUT = 16_384;
const WRITABLE_BY_OTHERS = 0o022;

/** Where hooks tell what becomes of them. */
export interface HookLog {
  info(text: string): void;
  error(text: string): void;
}

export class Hooks {
  /** Relative names are looked for here; `null` where the configuration names no folder. */
  folder: string | null = null;
  readonly #log: HookLog;
  readonly #longestMs: number;
  readonly #running = new Set<ChildProcess>();
  readonly #waiting: HookRun[] = [];

  constructor(log: HookLog, longestMs: number = LONGEST_MS) {
    this.#log = log;
    this.#longestMs = longestMs;
  }

  /** Runs `hook`, at once or when others have ended. Never throws. */
  run(hook: HookRun): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#log.error(`${hook.event} is not run: ${MOST_WAITING} scripts wait already`);
      return;
    }
    this.#waiting.push(hook);
    this.#next();
  }

  #next(): void {
    while (this.#running.size < MOST_RUNNING) {
      const hook = this.#waiting.shift();
      if (hook === undefined) return;
      this.#start(hook);
    }
  }

  #start({ script, event, environment }: HookRun): void {
    const found = this.#find(script);
    if ('fault' in found) {
      this.#log.error(`${event} is not run: ${found.fault}`);
      return;
    }
    const { path } = found;
    const child = spawn(path, [event], {
      cwd: '/',
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: this.#longestMs,
      killSignal: 'SIGKILL',
    });
    this.#running.add(child);
    const told = new BoundedLines((line) => this.#log.info(`${event} ${path}: ${line}`));
    child.stdout.on('data', (octets: Buffer) => told.add(octets));
    child.stderr.on('data', (octets: Buffer) => told.add(octets));
    const over = (failure: string | null): void => {
      if (!this.#running.delete(child)) return;
      told.end();
      if (failure !== null) this.#log.error(`${event} ${path}: ${failure}`);
      this.#next();
    };
    child.once('error', (error) => over(`cannot be run: ${whyNot(error)}`));
    child.once('exit', (status, signal) => {
      const failure = signal === null ? `it ended with status ${status}` : `ended by ${signal}`;
      // What it left in the background may keep the pipes open for good.
      setImmediate(() => over(status === 0 ? null : failure));
    });
  }

  /** The program that `script` means, if nobody but its owner, root or us, could have changed it. */
  #find(script: string): { readonly path: string } | { readonly fault: string } {
    if (!script.startsWith('/') && this.folder === null) {
      return { fault: `"${script}" is in no folder that path script would name` };
    }
    const path = resolve(this.folder ?? '/', script);
    try {
      const fault = whyUnsafe(path, 'isFile') ?? whyUnsafe(dirname(path), 'isDirectory');
      return fault === null ? { path } : { fault };
    } catch (error) {
      return { fault: `${path}: ${whyNot(error)}` };
    }
  }
}

/** Why what is at `path` cannot be trusted, as a clause. Throws what `stat` throws. */
function whyUnsafe(path: string, kind: 'isFile' | 'isDirectory'): string | null {
  const found = statSync(path);
  if (!found[kind]()) return `${path} is no ${kind === 'isFile' ? 'file' : 'folder'}`;
  if (found.uid !== 0 && found.uid !== process.geteuid?.()) {
    return `${path} belongs to user ${found.uid}, who could change it`;
  }
  return (found.mode & WRITABLE_BY_OTHERS) === 0
    ? null
    : `others may write to ${path}: chmod go-w ${path}`;
}

/** Output as lines, no more than {@link MOST_OUTPUT} of it. */
class BoundedLines {
  readonly #tell: (line: string) => void;
  #rest = '';
  #length = 0;

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  add(octets: Buffer): void {
    const room = MOST_OUTPUT - this.#length;
    this.#length += octets.length;
    this.#rest += octets.subarray(0, Math.max(0, room)).toString('utf8');
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#tell(line);
  }

  end(): void {
    if (this.#rest !== '') this.#tell(this.#rest);
    this.#rest = '';
    if (this.#length > MOST_OUTPUT) this.#tell('... (more output was forgotten)');
  }
}
