/**
 * A Linux guest with the kernel's real IPsec, for the uml tier.
 *
 * The guest is a User-Mode Linux process. Its root is this machine's, copy-on-write; its kernel has
 * ESP, AH, IPComp and XFRM; its interface `vecN` is the far end of the Nth TAP device.
 *
 *     test process                               guest
 *       bootGuest ── socket pair ── ttyS0 ──── guest-init: "run 7", "done 7 0"
 *            └────── temporary directory ───── /run/lab:   7.job 7.in 7.out 7.err
 *            namespace ── tap0 ─────────────── vec0
 *
 * The process tree, outside in: setpriv (dies with the test process), ip netns exec, unshare (a PID
 * namespace that dies with it), timeout (the limit on a guest's life), linux. One SIGKILL to
 * the outermost ends them all.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { atExit, makeTemporaryDirectory } from './cleanup.ts';
import {
  type CommandResult,
  DEFAULT_TIMEOUT_MS,
  type Host,
  OUTPUT_LIMIT,
  quote,
  type RunOptions,
  succeed,
  tooLate,
} from './command.ts';
import { DIE_WITH_PARENT, type Namespace } from './namespace.ts';
import { compiler, LAB_PATH } from './programs.ts';

/** One network interface of a guest. */
export interface Tap {
  /** All taps of a guest must be in the same namespace, where its process runs. */
  readonly namespace: Namespace;
  /** Made beforehand, by `namespace.addTap`. */
  readonly device: string;
  /** The guest's own addresses, with prefix lengths. */
  readonly guestAddress?: string | readonly string[];
}

export interface GuestOptions {
  /** Tap N is `vecN` in the guest. */
  readonly taps?: readonly Tap[];
  /** What the guest writes is kept in its memory, too. Default 512. */
  readonly memoryMiB?: number;
  /** Directories whose contents guest and host share; all other writes vanish with the guest. */
  readonly writable?: readonly string[];
  /** Past this the guest is killed. Default 600. */
  readonly lifeSeconds?: number;
}

/** A command that runs in a guest. */
export interface GuestCommand {
  /** Rejects when the guest ends first. */
  readonly ended: Promise<CommandResult>;
  /** Kills it with its children; `ended` then resolves with status 137. */
  kill(): void;
}

/** Boots a guest and waits until it takes commands and its taps carry packets. */
export async function bootGuest(options: GuestOptions = {}): Promise<Guest> {
  const { path: share, remove } = makeTemporaryDirectory();
  let guest: Guest | undefined;
  try {
    writeFileSync(join(share, 'settings'), settings(options));
    const shims = await compileShims(share);
    guest = new Guest(share, kernelCommand(share, shims, options), remove);
    await guest.ready;
    for (const { namespace, device } of options.taps ?? []) await namespace.carries(device);
    return guest;
  } catch (error) {
    await guest?.stop();
    remove();
    throw error;
  }
}

/** Use {@link bootGuest}. */
export class Guest implements Host {
  /** Resolves when it takes commands, rejects with its boot log when it never will. */
  readonly ready: Promise<void>;
  readonly #share: string;
  readonly #kernel: ChildProcess;
  readonly #line: Duplex;
  readonly #pending = new Map<number, Pending>();
  readonly #gone: Promise<void>;
  #alive = true;
  #count = 0;
  #console = '';

  constructor(share: string, argv: readonly string[], remove: () => void) {
    const [program = '', ...rest] = argv;
    this.#share = share;
    this.#kernel = spawn(program, rest, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      detached: true,
      cwd: share,
      env: { ...process.env, PATH: LAB_PATH, ...temporaryDirectory() },
    });
    const forget = atExit(() => this.#kill());
    const line = this.#kernel.stdio[LINE_FD];
    if (!(line instanceof Duplex)) throw new Error('Bug: the serial line is no socket');
    this.#line = line;
    for (const stream of [this.#kernel.stdout, this.#kernel.stderr]) {
      stream?.on('data', (octets: Buffer) => {
        this.#console = (this.#console + octets.toString()).slice(-CONSOLE_LIMIT);
      });
    }
    // The kernel may be gone before the last order is written.
    line.on('error', () => {});
    this.#gone = new Promise((resolve) => {
      const over = (): void => {
        this.#alive = false;
        forget();
        remove();
        resolve();
      };
      this.#kernel.on('error', over);
      // Not `exit`: the output is closed when the last process of the guest is gone.
      this.#kernel.on('close', over);
    });
    this.ready = this.#listen();
  }

  /** Runs `argv` in the guest, as root, in this process's directory. */
  async run(argv: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const command = this.spawn(argv, options);
    let late = false;
    const timers = [
      setTimeout(() => {
        late = true;
        command.kill();
      }, timeoutMs),
      // A guest that cannot even kill a command is lost.
      setTimeout(() => this.#kill(), timeoutMs + KILL_GRACE_MS),
    ];
    try {
      const result = await command.ended;
      if (late) throw new Error(tooLate(argv, timeoutMs, result));
      return result;
    } finally {
      for (const timer of timers) clearTimeout(timer);
    }
  }

  /** Runs a shell script in the guest; the first command that fails ends it. */
  sh(script: string, options: RunOptions = {}): Promise<CommandResult> {
    return this.run(['sh', '-ec', script], options);
  }

  /** Starts `argv` in the guest. */
  spawn(argv: readonly string[], options: RunOptions = {}): GuestCommand {
    this.#count += 1;
    const id = this.#count;
    const ended = new Promise<CommandResult>((resolve, reject) => {
      if (!this.#alive) throw new Error(`Cannot run "${argv.join(' ')}": the guest has ended`);
      writeFileSync(this.#path(id, 'job'), jobScript(argv, options));
      writeFileSync(this.#path(id, 'in'), options.input ?? '');
      this.#pending.set(id, { argv, resolve, reject });
      this.#line.write(`run ${id}\n`);
    });
    ended.catch(() => {});
    return { ended, kill: () => this.#line.write(`kill ${id}\n`) };
  }

  /** The end of what its kernel and its init printed. */
  get console(): string {
    return this.#console;
  }

  /** Ends the guest and all its processes; what it wrote to shared directories is kept. */
  async stop(): Promise<void> {
    if (this.#alive) await this.run(['sync'], { timeoutMs: 10_000 }).catch(() => {});
    this.#kill();
    await this.#gone;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #kill(): void {
    if (this.#alive) this.#kernel.kill('SIGKILL');
  }

  /** Reads the guest's reports until its end. */
  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      const slow = setTimeout(() => this.#kill(), BOOT_TIMEOUT_MS);
      createInterface({ input: this.#line }).on('line', (report) => {
        const [word, id, status] = report.split(' ');
        if (word === 'ready') {
          clearTimeout(slow);
          resolve();
        } else if (word === 'done') {
          this.#finish(Number(id), Number(status));
        }
      });
      this.#kernel.on('error', (cause) => {
        clearTimeout(slow);
        reject(new Error(`Cannot boot a guest: ${cause.message}`, { cause }));
      });
      this.#kernel.on('close', () => {
        clearTimeout(slow);
        reject(new Error(`Cannot boot a guest: ${this.#console}`));
        for (const { argv, reject: fail } of this.#pending.values()) {
          fail(new Error(`Cannot finish "${argv.join(' ')}": the guest ended: ${this.#console}`));
        }
        this.#pending.clear();
      });
    });
  }

  #finish(id: number, status: number): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    const stdout = this.#collect(id, 'out');
    const stderr = this.#collect(id, 'err');
    for (const part of ['job', 'in']) unlinkSync(this.#path(id, part));
    pending.resolve({ status, stdout, stderr });
  }

  /** What command `id` printed; an empty stream has no file. */
  #collect(id: number, stream: 'out' | 'err'): string {
    const path = this.#path(id, stream);
    if (!existsSync(path)) return '';
    const text = readFileSync(path, 'utf8');
    unlinkSync(path);
    return text;
  }

  #path(id: number, part: string): string {
    return join(this.#share, `${id}.${part}`);
  }
}

interface Pending {
  readonly argv: readonly string[];
  readonly resolve: (result: CommandResult) => void;
  readonly reject: (error: Error) => void;
}

/** The shell assignments that `guest-init` reads. */
function settings({ taps = [], writable = [] }: GuestOptions): string {
  const addresses = taps.flatMap(({ guestAddress = [] }, index) =>
    [guestAddress].flat().map((address) => `vec${index}=${address}`),
  );
  return [
    `addresses=${quote(addresses.join(' '))}`,
    `writable=${quote(writable.join(' '))}`,
    `output_limit=${OUTPUT_LIMIT}`,
    '',
  ].join('\n');
}

function jobScript(argv: readonly string[], options: RunOptions): string {
  const environment = { PATH: LAB_PATH, HOME: '/root', LC_ALL: 'C.UTF-8', ...options.env };
  return [
    ...Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}`),
    `cd ${quote(options.cwd ?? process.cwd())} || exit`,
    `exec ${argv.map(quote).join(' ')}`,
    '',
  ].join('\n');
}

function kernelCommand(
  share: string,
  shims: readonly string[],
  options: GuestOptions,
): readonly string[] {
  const { taps = [], memoryMiB = 512, lifeSeconds = 600 } = options;
  const namespace = taps[0]?.namespace;
  if (taps.some((tap) => tap.namespace !== namespace)) {
    throw new TypeError('Cannot boot a guest: its taps are in more than one namespace');
  }
  return [
    ...DIE_WITH_PARENT,
    ...(namespace?.entered([]) ?? []),
    ...['unshare', '--pid', '--fork', '--kill-child'],
    ...['timeout', '-s', 'KILL', String(lifeSeconds)],
    ...['env', `LD_PRELOAD=${shims.join(':')}`, 'linux', `mem=${memoryMiB}M`, 'quiet'],
    ...[`uml_dir=${share}/`, 'umid=uml'],
    ...['root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'ro'],
    ...['con=null', 'con0=null,fd:1', 'ssl=null', `ssl0=fd:${LINE_FD}`],
    ...taps.map(({ device }, index) => `vec${index}:transport=tap,ifname=${device},depth=64`),
    ...[`init=${fileURLToPath(new URL('guest-init', import.meta.url))}`, `LAB_SHARE=${share}`],
  ];
}

/** Builds the libraries of {@link SHIMS} into `directory`, and returns their paths. */
async function compileShims(directory: string): Promise<readonly string[]> {
  const cc = compiler();
  if (cc === null) throw new Error('Cannot boot a guest: neither tcc nor cc is installed');
  return await Promise.all(
    SHIMS.map(async (name) => {
      const source = fileURLToPath(new URL(`${name}.c`, import.meta.url));
      const library = join(directory, `${name}.so`);
      await succeed(null, [cc, '-shared', '-fPIC', '-nostdlib', '-o', library, source]);
      return library;
    }),
  );
}

/** The guest's memory is a file: containers often have next to no /dev/shm. */
function temporaryDirectory(): Record<string, string> {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (bavail * bsize >= SHARED_MEMORY_NEEDED) return {};
  } catch {
    // No /dev/shm at all.
  }
  return { TMPDIR: tmpdir() };
}

/** What has Debian's UML boot everywhere, and overlook nothing; each says what it is for. */
const SHIMS = ['xstate-shim', 'sigio-shim'];
/** The descriptor of the socket pair that is the guest's first serial line. */
const LINE_FD = 3;
const CONSOLE_LIMIT = 1 << 14;
const BOOT_TIMEOUT_MS = 60_000;
const KILL_GRACE_MS = 30_000;
const SHARED_MEMORY_NEEDED = 1 << 30;
