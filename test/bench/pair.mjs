/**
 * Two hosts on one wire, each with the real `ipseald` as it is built in `dist/`, that can be asked
 * what memory it takes; and iperf3 between them.
 *
 *     alice  wire0 10.9.0.1 ──── veth ──── wire0 10.9.0.2  bob
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Host } from '../../dist/apps/ipseal/demo/host.js';
import { NETLINK, NetlinkSocket } from '../../dist/io/netlink-socket.js';
import { newVethPair } from '../../dist/netlink/link.js';

export const ALICE = '10.9.0.1';
export const BOB = '10.9.0.2';
export const DEVICE = 'wire0';

const IPSEALD = fileURLToPath(new URL('../../bin/ipseald', import.meta.url));
const PATIENCE_MS = 10_000;

/** Why there can be no such hosts here, as a clause; `null` when there can. */
export function pairObstacle() {
  if (process.geteuid?.() !== 0) return 'not root';
  return spawnSync('iperf3', ['--version']).status === 0 ? null : 'iperf3 is not installed';
}

/** An `ipseald` that runs. */
class Daemon {
  #child;
  #reports;

  constructor(host, folder, options) {
    this.#reports = folder;
    // Node's own report of itself says how large the heaps are, the workers' too.
    const words = ['--report-on-signal', '--report-signal=SIGUSR2', '--report-compact'];
    words.push(`--report-directory=${folder}`, IPSEALD, '--control', host.control, ...options);
    const stdio = ['ignore', 'pipe', 'pipe'];
    this.#child = host.namespace.within(() => spawn(process.execPath, words, { stdio }));
    // Node says of every report that it writes one.
    createInterface({ input: this.#child.stderr }).on('line', (line) => {
      if (!/^$|Node\.js report/.test(line)) console.error(line);
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** Whether it has not ended. */
  get runs() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async listens() {
    await says(this.#child, 'listening');
  }

  /** Octets that are resident. */
  resident() {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /** Octets in use on the JavaScript heaps of all its threads; garbage counts until it is collected. */
  async heap() {
    this.#child.kill('SIGUSR2');
    for (let waited = 0; waited < PATIENCE_MS; waited += 20) {
      await pause(20);
      for (const name of readdirSync(this.#reports)) {
        const file = join(this.#reports, name);
        const report = parsed(readFileSync(file, 'utf8'));
        if (report === null) continue;
        rmSync(file);
        return [report, ...report.workers].reduce(
          (sum, { javascriptHeap }) => sum + javascriptHeap.usedMemory,
          0,
        );
      }
    }
    throw new Error('Cannot learn the size of the heap: no report came');
  }

  kill() {
    this.#child.kill('SIGKILL');
  }
}

/** `null` while it is being written. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export class Pair {
  alice;
  bob;
  /** By host. */
  daemons = new Map();
  #folder = mkdtempSync(join(tmpdir(), 'ipseal-bench-'));
  #children = new Set();
  #files = 0;

  constructor() {
    this.alice = new Host('alice', ALICE, this.#folder);
    this.bob = new Host('bob', BOB, this.#folder);
    this.alice.namespace.within(() => {
      const route = new NetlinkSocket(NETLINK.ROUTE);
      route.request(newVethPair(DEVICE, DEVICE, this.bob.namespace.fd), 'make a wire');
      route.close();
    });
    this.bob.plug(DEVICE, 24);
    this.alice.plug(DEVICE, 24);
  }

  /** Starts `ipseald` on both, with `options`. */
  async start(options = []) {
    for (const host of [this.alice, this.bob]) {
      const folder = mkdtempSync(join(this.#folder, 'reports-'));
      const daemon = new Daemon(host, folder, options);
      this.daemons.set(host, daemon);
      await daemon.listens();
    }
  }

  /** Has `setkey` load `text` on `host`. */
  async load(host, text) {
    const file = join(this.#folder, `${++this.#files}.conf`);
    writeFileSync(file, text);
    const words = ['--backend', 'userspace', '--control', host.control, '-f', file];
    const { status, stderr } = await host.run('setkey', words);
    if (status !== 0) throw new Error(`Cannot load: ${stderr}`);
  }

  /** ESP between them, by AES-GCM: in transport mode, or `inUdp` and tunnel mode. */
  async protect(inUdp = false) {
    await this.load(this.alice, protection(inUdp, 'out', 'in'));
    await this.load(this.bob, protection(inUdp, 'in', 'out'));
  }

  /** Starts a program on `host`; what it prints to standard output is what `ended` resolves with. */
  spawn(host, program, words) {
    const stdio = ['ignore', 'pipe', 'inherit'];
    const child = host.namespace.within(() => spawn(program, words, { stdio }));
    this.#children.add(child);
    let text = '';
    child.stdout.on('data', (octets) => {
      text += octets;
    });
    const ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => {
        this.#children.delete(child);
        resolve(text);
      });
    });
    return { child, ended };
  }

  /** Megabits a second that arrive at alice in a TCP stream of so many seconds from bob. */
  async stream(seconds) {
    const server = this.spawn(this.alice, 'iperf3', ['--forceflush', '-s', '-1']);
    await says(server.child, 'listening');
    const client = this.spawn(this.bob, 'iperf3', ['-c', ALICE, '-t', `${seconds}`, '-J']);
    const { end, error } = JSON.parse(await client.ended);
    if (error !== undefined) throw new Error(`Cannot measure: iperf3: ${error}`);
    await server.ended;
    return end.sum_received.bits_per_second / 1e6;
  }

  async end() {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const daemon of this.daemons.values()) daemon.kill();
    await Promise.all([this.alice.end(), this.bob.end()]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Of the SAs of {@link Pair.protect}. */
export const SPI = { fromAlice: 0x201, fromBob: 0x301 };

/** A file for a host whose direction from alice to bob is `there`. */
function protection(inUdp, there, back) {
  const sa = (from, to, spi) => {
    const ends = inUdp ? `${from}[4500] ${to}[4500] esp-udp` : `${from} ${to} esp`;
    const mode = inUdp ? 'tunnel' : 'transport';
    const key = `0x${Buffer.alloc(20, spi).toString('hex')}`;
    return `add ${ends} ${spi} -m ${mode} -r 1024 -E aes-gcm-16 ${key};`;
  };
  const policy = (from, to, direction) => {
    // What carries ESP is between the two hosts itself, and not to be protected again.
    const past = `spdadd ${from}[4500] ${to}[4500] udp -P ${direction} prio 1 none;`;
    const layer = inUdp ? `esp/tunnel/${from}-${to}/require` : 'esp/transport//require';
    return `${inUdp ? past : ''} spdadd ${from} ${to} any -P ${direction} ipsec ${layer};`;
  };
  return `flush; spdflush;
${sa(ALICE, BOB, SPI.fromAlice)} ${sa(BOB, ALICE, SPI.fromBob)}
${policy(ALICE, BOB, there)} ${policy(BOB, ALICE, back)}
`;
}

/** Resolves when `child` has printed `word`. */
export function says(child, word) {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (octets) => {
      text += octets;
      if (text.includes(word)) resolve();
    });
    child.once('close', () => reject(new Error(`Cannot go on: no "${word}" came`)));
  });
}
