/**
 * A host of the demonstration: a network namespace, and the programs that run in it.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { libc } from '../../../io/libc.ts';
import { NETLINK, NetlinkSocket } from '../../../io/netlink-socket.ts';
import { NetworkNamespace } from '../../../io/network-namespace.ts';
import { parseIpAddress } from '../../../net/ip-address.ts';
import { newAddress } from '../../../netlink/host-address.ts';
import { configureLink, linkUp } from '../../../netlink/link.ts';

/** Where the launchers are, seen from this file as built. */
const BIN = fileURLToPath(new URL('../../../../bin/', import.meta.url));
const TRAFFIC = fileURLToPath(new URL('./traffic.js', import.meta.url));
const START_WAIT_MS = 10_000;

/** What a program did. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Host {
  readonly name: string;
  readonly address: string;
  readonly namespace: NetworkNamespace;
  /** The control socket of the host's daemon. */
  readonly control: string;
  readonly #running = new Set<ChildProcess>();
  #ended = false;

  /** `folder` is where the host may keep files. */
  constructor(name: string, address: string, folder: string) {
    this.name = name;
    this.address = address;
    this.control = join(folder, name, 'control.sock');
    this.namespace = NetworkNamespace.create();
  }

  /** Brings interface `device` up with the host's address; returns its index. */
  plug(device: string, prefixLength: number): number {
    return this.namespace.within(() => {
      const index = libc.if_nametoindex(device);
      const address = parseIpAddress(this.address);
      if (index === 0 || address === undefined)
        throw new Error(`Bug: ${this.name} has no ${device}`);
      const route = new NetlinkSocket(NETLINK.ROUTE);
      try {
        route.request(linkUp(libc.if_nametoindex('lo')), 'bring lo up');
        route.request(configureLink(index, 'loose'), `configure ${device}`);
        route.request(newAddress(index, address, prefixLength), `address ${device}`);
        route.request(linkUp(index), `bring ${device} up`);
      } finally {
        route.close();
      }
      return index;
    });
  }

  /** Runs one of our commands to its end. */
  run(program: string, words: readonly string[]): Promise<Outcome> {
    return finish(this.#spawn(join(BIN, program), words));
  }

  /** Starts the host's daemon; resolves when it listens. */
  async startDaemon(): Promise<void> {
    await saysReady(this.#spawn(join(BIN, 'ipseald'), ['--control', this.control]), 'listening');
  }

  /** Sends one echo request; whether it was answered. */
  async ping(address: string, text: string): Promise<boolean> {
    return (await finish(this.#spawn(TRAFFIC, ['ping', address, text]))).status === 0;
  }

  /** Waits for a connection; what comes by it is the promise's inner promise. */
  async listen(port: number): Promise<{ readonly received: Promise<string | null> }> {
    const child = this.#spawn(TRAFFIC, ['listen', `${port}`]);
    const outcome = finish(child);
    await saysReady(child, 'ready');
    return {
      received: outcome.then(({ status, stdout }) => {
        const line = stdout.split('\n')[1];
        return status === 0 && line !== undefined ? (JSON.parse(line) as string) : null;
      }),
    };
  }

  /** Sends `text` by TCP. */
  send(address: string, port: number, text: string): Promise<Outcome> {
    const child = this.#spawn(TRAFFIC, ['send', address, `${port}`]);
    child.stdin?.end(text);
    return finish(child);
  }

  /** Ends what still runs and lets the namespace go. */
  async end(): Promise<void> {
    this.#ended = true;
    const ended = [...this.#running].map(
      (child) => new Promise((resolve) => child.once('close', resolve)),
    );
    this.kill();
    await Promise.all(ended);
    this.namespace.close();
  }

  /** Ends what still runs, without waiting for it. */
  kill(): void {
    for (const child of this.#running) child.kill('SIGKILL');
  }

  #spawn(program: string, words: readonly string[]): ChildProcess {
    if (this.#ended) throw new Error(`Cannot start ${program}: ${this.name} was taken down`);
    // Detached from the terminal: Ctrl-C is for the demonstration, which ends its hosts in order.
    const child = this.namespace.within(() =>
      spawn(process.execPath, [program, ...words], {
        stdio: ['pipe', 'pipe', 'pipe'],
        detached: true,
      }),
    );
    this.#running.add(child);
    child.once('close', () => this.#running.delete(child));
    // Until it is detached, Ctrl-C is for it as well, and its end may be known here before ours is.
    child.once('exit', (_, signal) => signal !== null && process.emit(signal, signal));
    child.stdin?.on('error', () => undefined);
    return child;
  }
}

function finish(child: ChildProcess): Promise<Outcome> {
  return new Promise((resolve) => {
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/** Resolves when `child` has printed `word`; rejects when it ends before or takes too long. */
function saysReady(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    let complained = '';
    const timer = setTimeout(() => reject(new Error(`${word}: waited in vain`)), START_WAIT_MS);
    child.stderr?.on('data', (chunk: Buffer) => {
      complained += chunk.toString();
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (!said.includes(word)) return;
      clearTimeout(timer);
      resolve();
    });
    child.once('close', () => {
      clearTimeout(timer);
      reject(new Error(complained.trim() || 'it ended before it was ready'));
    });
  });
}
