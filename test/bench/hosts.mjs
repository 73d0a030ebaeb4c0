/**
 * Two hosts on a wire, made for one scheme and gone with it:
 *
 *     alice  wire0 10.9.0.1 ──── veth ──── wire0 10.9.0.2  bob
 *
 * The addresses are those of the wire; a tunnel that has its own gets `inner`.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { Host as DemoHost } from '../../dist/apps/ipseal/demo/host.js';
import { NETLINK, NetlinkSocket } from '../../dist/io/netlink-socket.js';
import { newVethPair } from '../../dist/netlink/link.js';
import { family } from './processor-time.mjs';
import { all, halves } from './processors.mjs';
import { Program } from './programs.mjs';

const DEVICE = 'wire0';
const PREFIX_LENGTH = 24;
/** As `/proc/net/tcp` tells it. */
const TCP_LISTEN = '0A';
/**
 * The wire loses nothing: what a sender sends is for the window to say. One that paces by a clock of its own
 * (BBR, which may be the machine's) has its timers measured.
 */
const CONGESTION_CONTROL = 'reno';
const CONGESTION_CONTROL_FILE = '/proc/sys/net/ipv4/tcp_congestion_control';
/** What has a sender hand over up to 64 KiB at a time, which a veth passes on as they are. */
const SUPER_PACKETS = ['tso', 'gso', 'tx-udp-segmentation'];

/** A host: a network namespace, and the programs that run in it. */
class Host {
  name;
  /** On the wire. */
  address;
  /** For a tunnel's device. */
  inner;
  #host;
  #processors = all();
  #programs = [];
  #killed = false;

  constructor(name, address, inner, folder) {
    this.name = name;
    this.address = address;
    this.inner = inner;
    this.#host = new DemoHost(name, address, folder);
  }

  get namespace() {
    return this.#host.namespace;
  }

  /** Starts a program, which ends with the host. */
  start(words, options) {
    if (this.#killed) throw new Error(`Cannot start ${words[0]}: ${this.name} was taken down`);
    const placed = ['taskset', '--cpu-list', this.#processors.join(), ...words];
    const program = new Program(this.namespace, placed, options);
    this.#programs.push(program);
    return program;
  }

  /** Runs a program to its end; resolves with what it printed. */
  run(words, { longestMs, ...options } = {}) {
    return this.start(words, options).output(longestMs);
  }

  /** Resolves when `program` has come so far that somebody listens at TCP port `port`. */
  listens(program, port) {
    const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    return program.until(
      () =>
        tcpSockets(program.pid)
          .map((line) => line.trim().split(/ +/))
          .some(([, at, , state]) => at?.endsWith(local) && state === TCP_LISTEN),
      `a listener at port ${port} of ${this.name}`,
    );
  }

  /** The ids of what runs. */
  get pids() {
    return this.#programs.filter(({ running }) => running).map(({ pid }) => pid);
  }

  /** Has what runs and what will be started use these processors alone. */
  async keepTo(processors) {
    this.#processors = processors;
    const words = ['--all-tasks', '--cpu-list', '--pid', processors.join()];
    for (const { pid } of family(this.pids)) await this.run(['taskset', ...words, `${pid}`]);
  }

  plug() {
    this.#host.plug(DEVICE, PREFIX_LENGTH);
    this.namespace.within(() => writeFileSync(CONGESTION_CONTROL_FILE, CONGESTION_CONTROL));
  }

  async end() {
    await Promise.all(this.#programs.map((program) => program.end()));
    await this.#host.end();
  }

  kill() {
    this.#killed = true;
    for (const program of this.#programs) program.kill();
  }
}

/** Both hosts. */
export class Hosts {
  alice;
  bob;

  /** `folder` is where they may keep files. */
  constructor(folder) {
    this.alice = new Host('alice', '10.9.0.1', '10.10.0.1', folder);
    this.bob = new Host('bob', '10.9.0.2', '10.10.0.2', folder);
  }

  /** Joins them by a wire, which passes super-packets, or else single packets that fit its MTU. */
  async join({ superPackets }) {
    const { alice, bob } = this;
    alice.namespace.within(() => {
      const route = new NetlinkSocket(NETLINK.ROUTE);
      route.request(newVethPair(DEVICE, DEVICE, bob.namespace.fd), 'make a wire');
      route.close();
    });
    for (const host of this.both) host.plug();
    if (superPackets) return;
    const words = SUPER_PACKETS.flatMap((feature) => [feature, 'off']);
    for (const host of this.both) await host.run(['ethtool', '-K', DEVICE, ...words]);
  }

  /** Has each host use half of the processors, or both use all of them. */
  async share({ apart }) {
    const [alices, bobs] = apart ? halves() : [all(), all()];
    await this.alice.keepTo(alices);
    await this.bob.keepTo(bobs);
  }

  get both() {
    return [this.alice, this.bob];
  }

  /** The ids of what runs on either. */
  get pids() {
    return this.both.flatMap(({ pids }) => pids);
  }

  /** Ends what runs on them, and lets them go. */
  async end() {
    await Promise.all(this.both.map((host) => host.end()));
  }

  /** Ends at once what runs on them, and lets nothing more start; they stay until they are let go. */
  kill() {
    for (const host of this.both) host.kill();
  }
}

/** The lines of the TCP sockets where process `pid` is; none when it is no more. */
function tcpSockets(pid) {
  return ['tcp', 'tcp6'].flatMap((name) => {
    try {
      return readFileSync(`/proc/${pid}/net/${name}`, 'latin1').split('\n');
    } catch {
      return [];
    }
  });
}
