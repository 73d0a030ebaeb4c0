/**
 * Hosts that run the real `ipseald` and `setkey`, as they are built in `dist/`.
 *
 *     ┌─ alice ──────────────────┐          ┌─ bob ────────────────────┐
 *     │ ipseald, control socket  │          │ ipseald, control socket  │
 *     │ ipseal0                  │          │ ipseal0                  │
 *     │         wire0 10.9.0.1 ──┼── veth ──┼── wire0 10.9.0.2         │
 *     └──────────────────────────┘          └──────────────────────────┘
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ControlClient } from '../../src/apps/control/client.ts';
import type { DiscardCounters } from '../../src/ipsec/backend.ts';
import { startCapture, tcpdumpLines } from '../lab/capture.ts';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../lab/cleanup.ts';
import {
  type Command,
  type CommandResult,
  pause,
  type RunOptions,
  succeed,
} from '../lab/command.ts';
import { joinByVeth, makeNamespace, type Namespace } from '../lab/namespace.ts';

/** The addresses of the examples. */
export const ALICE_ADDRESS = '10.9.0.1';
export const BOB_ADDRESS = '10.9.0.2';

/** The device that joins alice and bob, by the same name on both. */
export const WIRE = 'wire0';

/** The checkout. */
export const PROJECT: string = fileURLToPath(new URL('../..', import.meta.url));

/** The path of a command as users start it. */
export function commandPath(
  name: 'ifdown-ipsec' | 'ifup-ipsec' | 'ipseal' | 'ipseald' | 'racoon' | 'racoonctl' | 'setkey',
): string {
  if (!existsSync(join(PROJECT, 'dist', 'apps', name, 'main.js'))) {
    throw new Error(`Cannot run ${name}: it is not built, which "make build" does`);
  }
  return join(PROJECT, 'bin', name);
}

/** With how many threads each `ipseald` runs, where that is said: any test is to pass with any number. */
const { IPSEAL_TEST_THREADS } = process.env;
const THREADS = IPSEAL_TEST_THREADS === undefined ? [] : ['--threads', IPSEAL_TEST_THREADS];

/** How an `ipseald` is started. */
export interface DaemonStart {
  readonly args?: readonly string[];
  /** What stands before the command. */
  readonly words?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A namespace with a place for the control socket of an `ipseald`. */
export class TestHost {
  readonly namespace: Namespace;
  readonly address: string;
  /** Where its `ipseald` listens. */
  readonly control: string;
  readonly #directory: TemporaryDirectory;
  #daemon: Command | null = null;

  constructor(namespace: Namespace, address: string) {
    this.namespace = namespace;
    this.address = address;
    this.#directory = makeTemporaryDirectory();
    this.control = join(this.#directory.path, 'control.sock');
  }

  /** The process id of its `ipseald`. */
  get daemonPid(): number {
    if (this.#daemon === null) throw new Error('Cannot name ipseald: it does not run');
    return this.#daemon.pid;
  }

  /** Starts `ipseald`; resolves when it takes commands. */
  async startDaemon(start: DaemonStart = {}): Promise<void> {
    await this.launchDaemon(start).until(/listening at/);
  }

  /** Starts `ipseald`, whatever comes of it. */
  launchDaemon({ args = [], words = [], env = {} }: DaemonStart = {}): Command {
    if (this.#daemon !== null) throw new Error('Cannot start ipseald: it runs');
    const argv = [...words, commandPath('ipseald'), ...THREADS, '--control', this.control, ...args];
    this.#daemon = this.namespace.spawn(argv, { env });
    return this.#daemon;
  }

  /** Ends `ipseald` with `signal` and returns how it ended. */
  async stopDaemon(signal: NodeJS.Signals = 'SIGTERM'): Promise<CommandResult> {
    const daemon = this.#daemon;
    if (daemon === null) throw new Error('Cannot stop ipseald: it does not run');
    this.#daemon = null;
    return await daemon.stop(signal, 10_000);
  }

  /** How `ipseald` ended, which nobody asked it to. */
  async daemonEnd(): Promise<CommandResult> {
    const daemon = this.#daemon;
    if (daemon === null) throw new Error('Cannot see ipseald end: it does not run');
    this.#daemon = null;
    return await daemon.ended;
  }

  /** Runs `ipseald --release`. */
  async release(): Promise<void> {
    await succeed(this.namespace, [commandPath('ipseald'), '--release', '--control', this.control]);
  }

  /** Runs `setkey` against its `ipseald`. */
  setkey(args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    const env = { IPSEAL_CONTROL: this.control, IPSEAL_BACKEND: 'userspace', ...options.env };
    return this.namespace.run([commandPath('setkey'), ...args], { ...options, env });
  }

  /** Has `setkey` carry out `statements`; throws with its words when it does not. */
  async load(statements: string, ...args: readonly string[]): Promise<void> {
    const result = await this.setkey([...args, '-c'], { input: statements });
    if (result.status !== 0) throw new Error(`Cannot load: ${result.stderr}${result.stdout}`);
  }

  /** Has `setkey -f` carry out a file; throws with its words when it does not. */
  async loadFile(path: string): Promise<void> {
    const result = await this.setkey(['-f', path]);
    if (result.status !== 0) throw new Error(`Cannot load: ${result.stderr}${result.stdout}`);
  }

  /** Talks to its `ipseald` without `setkey`. */
  async ask<T>(question: (client: ControlClient) => Promise<T>): Promise<T> {
    const client = await ControlClient.connect(this.control);
    try {
      return await question(client);
    } finally {
      await client.close();
    }
  }

  /** Packets that its `ipseald` and its guard discarded so far, by reason. */
  discards(): Promise<DiscardCounters> {
    return this.ask((client) => client.discards());
  }

  /** What it discarded while `action` ran, by reason. */
  async discardsDuring(action: () => Promise<unknown>): Promise<DiscardCounters> {
    const before = await this.discards();
    await action();
    const after = await this.discards();
    const differences = Object.entries(after)
      .map(([reason, packets]) => [reason, packets - (before[reason] ?? 0)] as const)
      .filter(([, packets]) => packets > 0);
    return Object.fromEntries(differences);
  }

  /** Kills what runs in it and takes it away. */
  async dispose(): Promise<void> {
    this.#daemon = null;
    await this.namespace.dispose();
    this.#directory.remove();
  }
}

/** Two hosts on one wire. */
export interface Hosts {
  readonly alice: TestHost;
  readonly bob: TestHost;
  readonly dispose: () => Promise<void>;
}

/** Makes both hosts and starts `ipseald` on those that `daemons` names, by default both. */
export async function makeHosts(
  daemons: readonly ('alice' | 'bob')[] = ['alice', 'bob'],
): Promise<Hosts> {
  const made: TestHost[] = [];
  const dispose = async (): Promise<void> => {
    await Promise.all(made.map((host) => host.dispose()));
  };
  try {
    const alice = new TestHost(await makeNamespace('alice'), ALICE_ADDRESS);
    made.push(alice);
    const bob = new TestHost(await makeNamespace('bob'), BOB_ADDRESS);
    made.push(bob);
    await joinByVeth(alice.namespace, bob.namespace, {
      a: `${ALICE_ADDRESS}/24`,
      b: `${BOB_ADDRESS}/24`,
      deviceA: WIRE,
      deviceB: WIRE,
    });
    const hosts = { alice, bob, dispose };
    await Promise.all(daemons.map((name) => hosts[name].startDaemon()));
    return hosts;
  } catch (error) {
    await dispose();
    throw error;
  }
}

/**
 * Captures all that goes over `device` of `host` while `action` runs: not one packet is missing. Of
 * packets that no wire would take, which the kernel passes on uncut, only the beginning is kept.
 */
export async function captureDuring(
  host: Pick<TestHost, 'namespace'>,
  action: () => Promise<unknown>,
  device: string = WIRE,
): Promise<string> {
  const capture = await startCapture(host.namespace, device, { snapLength: SNAP_LENGTH });
  try {
    await action();
    // A frame of no protocol, at the sight of which all others have been written.
    const last = randomBytes(32);
    const argv = [PYTHON, '-c', SEND_FRAME, device, last.toString('hex')];
    await succeed(host.namespace, argv);
    await waitUntil('the end of the capture', () => readFileSync(capture.file).includes(last));
  } catch (error) {
    await capture.stop().catch(() => undefined);
    throw error;
  }
  return await capture.stop();
}

/** More than what fits on the wire. */
export const SNAP_LENGTH = 2000;

const SEND_FRAME = `
import socket, sys
wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
# IEEE 802: local experimental EtherType 1
wire.sendto(bytes.fromhex(sys.argv[2]), (sys.argv[1], 0x88b5, 0, 0, b'\\xff' * 6))`;

/** The IPv4 packets of a capture that are neither ESP nor AH, as tcpdump puts them. */
export function unprotectedLines(pcap: string): Promise<readonly string[]> {
  return tcpdumpLines(pcap, ['-t', 'ip and not proto 50 and not proto 51']);
}

/** Waits until `condition` holds; throws that it cannot see `what` when it never does. */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 15_000,
): Promise<void> {
  for (let waited = 0; waited < timeoutMs; waited += POLL_MS) {
    if (await condition()) return;
    await pause(POLL_MS);
  }
  throw new Error(`Cannot see ${what}: not in ${timeoutMs} ms`);
}

/** Debian's own: another Python may come first on the PATH. */
export const PYTHON = '/usr/bin/python3';

const POLL_MS = 20;
