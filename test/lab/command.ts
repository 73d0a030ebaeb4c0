/**
 * Commands of this machine as values: started from an argument list, never through a shell, with
 * bounded output, a time limit, and a process group of their own that ends as a whole.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { atExit } from './cleanup.ts';
import { LAB_PATH } from './programs.ts';

/** How a command ended. */
export interface CommandResult {
  /** The exit status; 128 + N when signal N ended it, as a shell has it. */
  readonly status: number;
  /** The first {@link OUTPUT_LIMIT} octets, as UTF-8. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Past this, the command and its children are killed and the promise rejects. */
  readonly timeoutMs?: number;
  /** Standard input; nothing when absent. */
  readonly input?: string;
  /** Default: the test's. */
  readonly cwd?: string;
  /** In addition to what is inherited. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Where a command can run: a network namespace, a guest. */
export interface Host {
  run(argv: readonly string[], options?: RunOptions): Promise<CommandResult>;
}

/** Octets kept of each output stream; the rest is dropped. */
export const OUTPUT_LIMIT: number = 1 << 20;

/** Of a `run` that does not say. */
export const DEFAULT_TIMEOUT_MS = 30_000;

/** A command that runs. */
export class Command {
  readonly argv: readonly string[];
  /** Rejects when the program cannot be started. */
  readonly ended: Promise<CommandResult>;
  readonly #child: ChildProcess;
  readonly #stdout = new BoundedText();
  readonly #stderr = new BoundedText();
  readonly #watchers = new Set<() => void>();
  readonly #forget: () => void;
  #running = true;

  constructor(argv: readonly string[], options: RunOptions = {}) {
    const [program, ...rest] = argv;
    if (program === undefined) throw new TypeError('Cannot run an empty command');
    this.argv = argv;
    this.#child = spawn(program, rest, {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      cwd: options.cwd,
      env: { ...process.env, PATH: LAB_PATH, ...options.env },
    });
    this.#forget = atExit(() => this.kill('SIGKILL'));
    // A program that does not read its input breaks the pipe: no concern of ours.
    this.#child.stdin?.on('error', () => {});
    this.#child.stdin?.end(options.input ?? '');
    this.#child.stdout?.on('data', (octets: Buffer) => this.#keep(this.#stdout, octets));
    this.#child.stderr?.on('data', (octets: Buffer) => this.#keep(this.#stderr, octets));
    this.ended = this.#end();
    // A caller who never looks at the end shall not bring the test process down.
    this.ended.catch(() => {});
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error(`Cannot name ${this.argv[0]}: it did not start`);
    return pid;
  }

  /** What it printed so far. */
  get stdout(): string {
    return this.#stdout.text;
  }

  get stderr(): string {
    return this.#stderr.text;
  }

  /** Resolves once `pattern` occurs in what the command printed to either stream. */
  until(pattern: RegExp, timeoutMs: number = DEFAULT_TIMEOUT_MS): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (failure: string | null): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        if (failure === null) resolve();
        else reject(new Error(`Cannot see ${pattern} from "${this.argv.join(' ')}": ${failure}`));
      };
      const printed = (): string => `${this.stdout}${this.stderr}`;
      const look = (): void => {
        if (pattern.test(printed())) settle(null);
        else if (!this.#running) settle(`it ended, having printed: ${printed()}`);
      };
      const timer = setTimeout(
        () => settle(`not in ${timeoutMs} ms, which printed: ${printed()}`),
        timeoutMs,
      );
      this.#watchers.add(look);
      look();
    });
  }

  /** Asks the whole process group to end, kills it `graceMs` later, and waits for its end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', graceMs = 10_000): Promise<CommandResult> {
    this.kill(signal);
    const timer = setTimeout(() => this.kill('SIGKILL'), graceMs);
    try {
      return await this.ended;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends `signal` to the process group, unless it ended. */
  kill(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (!this.#running || pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // Between its end and the news of it.
    }
  }

  #end(): Promise<CommandResult> {
    return new Promise((resolve, reject) => {
      const settle = (status: number): void => {
        this.#over();
        resolve({ status, stdout: this.stdout, stderr: this.stderr });
      };
      this.#child.on('error', (cause) => {
        this.#over();
        reject(new Error(`Cannot run ${this.argv[0]}: ${cause.message}`, { cause }));
      });
      this.#child.on('exit', (code, signal) => {
        const status = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
        // What it left in the background may keep the pipes open for good. Where this process was
        // kept from running for that long, what the pipes hold is read first.
        const timer = setTimeout(() => setImmediate(() => settle(status)), BACKGROUND_GRACE_MS);
        this.#child.on('close', () => {
          clearTimeout(timer);
          settle(status);
        });
      });
    });
  }

  #over(): void {
    this.#running = false;
    this.#forget();
    for (const look of [...this.#watchers]) look();
  }

  #keep(text: BoundedText, octets: Buffer): void {
    text.add(octets);
    for (const look of [...this.#watchers]) look();
  }
}

/** Runs `argv` to its end. Rejects when it cannot be started or takes too long. */
export async function run(
  argv: readonly string[],
  options: RunOptions = {},
): Promise<CommandResult> {
  const command = new Command(argv, options);
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    command.kill('SIGKILL');
  }, timeoutMs);
  try {
    const result = await command.ended;
    if (late) throw new Error(tooLate(argv, timeoutMs, result));
    return result;
  } finally {
    clearTimeout(timer);
  }
}

/** Runs `argv` on `host` (this machine when `null`) and returns what it printed; else throws. */
export async function succeed(
  host: Host | null,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = host === null ? await run(argv, options) : await host.run(argv, options);
  if (result.status === 0) return result.stdout;
  throw new Error(
    `Cannot run "${argv.join(' ')}": status ${result.status}: ${result.stderr}${result.stdout}`,
  );
}

/** The message of a command that had to be killed. */
export function tooLate(
  argv: readonly string[],
  timeoutMs: number,
  { stdout, stderr }: CommandResult,
): string {
  return `Cannot finish "${argv.join(' ')}": no end in ${timeoutMs} ms: ${stderr}${stdout}`;
}

/** `word` as one word of a POSIX shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Resolves after `ms`. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** The beginning of a stream. */
class BoundedText {
  readonly #chunks: Buffer[] = [];
  #length = 0;

  add(octets: Buffer): void {
    const kept = octets.subarray(0, OUTPUT_LIMIT - this.#length);
    if (kept.length === 0) return;
    this.#chunks.push(kept);
    this.#length += kept.length;
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}

const BACKGROUND_GRACE_MS = 200;
