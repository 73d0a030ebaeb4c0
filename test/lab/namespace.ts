/**
 * Network namespaces of this machine, the hosts of the netns tier.
 *
 *     ┌─ ipseal-PID-1-left ──┐          ┌─ ipseal-PID-2-right ─┐
 *     │      wire0 10.9.0.1 ─┼── veth ──┼─ wire0 10.9.0.2      │
 *     └──────────────────────┘          └──────────────────────┘
 *
 * Each name carries the process id of the test that made it. A namespace whose process is no more
 * is swept away by the next test process that makes one.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { atExit, isStale, LAB_PREFIX } from './cleanup.ts';
import {
  Command,
  type CommandResult,
  type Host,
  pause,
  type RunOptions,
  run,
  succeed,
} from './command.ts';
import { LAB_PATH } from './programs.ts';

/** Both ends of a wire: addresses with prefix lengths, IPv4 or IPv6. */
export interface Wire {
  readonly a: string | readonly string[];
  readonly b: string | readonly string[];
  /** Default: `wire0` on both sides. */
  readonly deviceA?: string;
  readonly deviceB?: string;
}

/** A namespace with its loopback device up and without duplicate address detection. */
export class Namespace implements Host {
  readonly name: string;
  readonly #commands = new Set<Command>();
  readonly #forget: () => void;

  /** Use {@link makeNamespace}: the namespace must exist. */
  constructor(name: string) {
    this.name = name;
    this.#forget = atExit(() => removeNow(name));
  }

  /** Runs `argv` in it, to its end. */
  run(argv: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    return run(this.entered(argv), options);
  }

  /** Starts `argv` in it; killed with the namespace, or with the test process. */
  spawn(argv: readonly string[], options: RunOptions = {}): Command {
    const command = new Command([...DIE_WITH_PARENT, ...this.entered(argv)], options);
    this.#commands.add(command);
    return command;
  }

  /** Runs `ip` on it and returns what that printed; throws when it fails. */
  ip(...args: readonly string[]): Promise<string> {
    return succeed(null, ['ip', '-n', this.name, ...args]);
  }

  /** The argument list that runs `argv` in it. */
  entered(argv: readonly string[]): readonly string[] {
    return ['ip', 'netns', 'exec', this.name, ...argv];
  }

  /** Gives `device` more addresses, which may be used at once. */
  async addAddress(device: string, ...addresses: readonly string[]): Promise<void> {
    for (const address of addresses) {
      const atOnce = address.includes(':') ? ['nodad'] : [];
      await this.ip('address', 'add', address, 'dev', device, ...atOnce);
    }
  }

  /** Waits until `device` carries packets. */
  async carries(device: string): Promise<void> {
    for (let tries = 0; tries < 1000; tries += 1) {
      if (/ state UP /.test(await this.ip('-o', 'link', 'show', 'dev', device))) return;
      await pause(20);
    }
    throw new Error(`Cannot use ${device} of ${this.name}: no carrier`);
  }

  /**
   * Makes a TAP device, brings it up and gives it this side's addresses. It {@link carries} packets
   * once there is something at its far end.
   */
  async addTap(device: string, ...addresses: readonly string[]): Promise<void> {
    await this.ip('tuntap', 'add', 'dev', device, 'mode', 'tap');
    await this.ip('link', 'set', device, 'up');
    await this.addAddress(device, ...addresses);
  }

  /** Kills everything that runs in it and deletes it. Again is harmless. */
  async dispose(): Promise<void> {
    for (const command of this.#commands) command.kill('SIGKILL');
    await Promise.allSettled([...this.#commands].map((command) => command.ended));
    this.#commands.clear();
    this.#forget();
    removeNow(this.name);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

/** Makes a namespace of its own; `hint` is for people who look at `ip netns`. */
export async function makeNamespace(hint: string): Promise<Namespace> {
  if (count === 0) sweepStaleNamespaces();
  count += 1;
  const name = `${LAB_PREFIX}${process.pid}-${count}-${hint}`;
  await succeed(null, ['ip', 'netns', 'add', name]);
  const namespace = new Namespace(name);
  await namespace.ip('link', 'set', 'lo', 'up');
  // Without IPv6 in the kernel there is nothing to switch off: the status does not matter.
  await namespace.run([
    'sysctl',
    '-qew',
    'net.ipv6.conf.all.accept_dad=0',
    'net.ipv6.conf.default.accept_dad=0',
    'net.ipv6.conf.default.router_solicitations=0',
  ]);
  return namespace;
}

/** Joins `a` and `b` by a veth pair and waits until both ends carry packets. */
export async function joinByVeth(a: Namespace, b: Namespace, wire: Wire): Promise<void> {
  const { deviceA = 'wire0', deviceB = 'wire0' } = wire;
  const peer = ['type', 'veth', 'peer', 'name', deviceB, 'netns', b.name];
  await a.ip('link', 'add', deviceA, ...peer);
  for (const { side, device, addresses } of [
    { side: a, device: deviceA, addresses: wire.a },
    { side: b, device: deviceB, addresses: wire.b },
  ]) {
    await side.addAddress(device, ...[addresses].flat());
    await side.ip('link', 'set', device, 'up');
  }
  await Promise.all([a.carries(deviceA), b.carries(deviceB)]);
}

/** Deletes the namespaces of test processes that are no more. */
export function sweepStaleNamespaces(): void {
  for (const name of namespaces()) {
    if (isStale(name)) removeNow(name);
  }
}

/** The names of this machine's namespaces. */
export function namespaces(): readonly string[] {
  try {
    return readdirSync('/run/netns');
  } catch {
    return [];
  }
}

function removeNow(name: string): void {
  if (!namespaces().includes(name)) return;
  for (const pid of ipNow('netns', 'pids', name).split('\n')) {
    if (pid !== '') killNow(Number(pid));
  }
  ipNow('netns', 'delete', name);
}

function ipNow(...args: readonly string[]): string {
  const env = { ...process.env, PATH: LAB_PATH };
  return spawnSync('ip', args, { encoding: 'utf8', env }).stdout ?? '';
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** What a command is prefixed with that must not survive a crash of the test process. */
export const DIE_WITH_PARENT: readonly string[] = ['setpriv', '--pdeathsig', 'KILL'];

let count = 0;
