/**
 * The stage in network namespaces: real daemons, the real `setkey`, a real wire.
 *
 *   namespace alice                          namespace bob
 *   10.9.0.1 wire0 ═════════ veth ═════════ wire0 10.9.0.2
 *   ipseald    │                              ipseald
 *              └── listener and attacker
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Capture } from '../../../io/capture.ts';
import { NETLINK, NetlinkSocket } from '../../../io/netlink-socket.ts';
import type { DiscardCounters } from '../../../ipsec/backend.ts';
import { newVethPair } from '../../../netlink/link.ts';
import {
  checkEthernet,
  ETHER_TYPE_OF,
  ETHERNET_HEADER_LENGTH,
  ethernetType,
} from '../../../wire/ethernet.ts';
import { checkIpv4, ipv4TotalLength } from '../../../wire/ipv4.ts';
import { ControlClient } from '../../control/client.ts';
import { Host } from './host.ts';
import {
  ALICE,
  BOB,
  type Configurations,
  PING_TEXT,
  PREFIX_LENGTH,
  type Stage,
  type WirePacket,
} from './stage.ts';
import { inUserNamespace } from './surroundings.ts';

const DEVICE = 'wire0';
const PORT = 5901;
/** How long packets may still be under way when a program has ended. */
const SETTLE_MS = 50;

export class NamespaceStage implements Stage {
  readonly setting: readonly string[];
  readonly transport = 'TCP';
  readonly #folder: string;
  readonly #alice: Host;
  readonly #bob: Host;
  readonly #capture: Capture;
  #bobsDaemon: ControlClient | undefined;
  /** The Ethernet header of a frame from alice to bob, for the attacker to copy. */
  #header: Uint8Array | undefined;
  #ended = false;

  private constructor(folder: string, alice: Host, bob: Host, capture: Capture) {
    this.#folder = folder;
    this.#alice = alice;
    this.#bob = bob;
    this.#capture = capture;
    this.setting = [
      `Two hosts, alice (${ALICE}) and bob (${BOB}): network namespaces joined by a veth pair, each`,
      'with its own ipseald. A listener and an attacker sit on the wire.',
    ];
  }

  /** Makes the hosts and starts their daemons. Rejects, with nothing left behind, when it cannot. */
  static async set(): Promise<NamespaceStage> {
    const folder = mkdtempSync(join(tmpdir(), 'ipseal-demo-'));
    const hosts: Host[] = [];
    // However the process ends, nothing of the stage outlives it.
    process.once('exit', () => {
      for (const host of hosts) host.kill();
      rmSync(folder, { recursive: true, force: true });
    });
    try {
      const alice = new Host('alice', ALICE, folder);
      hosts.push(alice);
      const bob = new Host('bob', BOB, folder);
      hosts.push(bob);
      alice.namespace.within(() => {
        const route = new NetlinkSocket(NETLINK.ROUTE);
        const doing = 'join the hosts with a veth pair';
        route.request(newVethPair(DEVICE, DEVICE, bob.namespace.fd), doing);
        route.close();
      });
      bob.plug(DEVICE, PREFIX_LENGTH);
      const index = alice.plug(DEVICE, PREFIX_LENGTH);
      const capture = alice.namespace.within(() => new Capture(index));
      await Promise.all([alice.startDaemon(), bob.startDaemon()]);
      return new NamespaceStage(folder, alice, bob, capture);
    } catch (error) {
      await Promise.all(hosts.map((host) => host.end()));
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get doors(): readonly string[] {
    // Nobody enters the user namespace that he is in already.
    const user = inUserNamespace() ? ` --preserve-credentials -U -t ${process.pid}` : '';
    return [this.#alice, this.#bob].map(
      ({ name, namespace, control }) =>
        `${name}: nsenter${user} --net=/proc/${process.pid}/fd/${namespace.fd}` +
        ` env IPSEAL_CONTROL=${control} sh`,
    );
  }

  ping(): Promise<boolean> {
    return this.#alice.ping(BOB, PING_TEXT);
  }

  async transfer(text: string): Promise<boolean> {
    const { received } = await this.#bob.listen(PORT);
    const sent = await this.#alice.send(BOB, PORT, text);
    return sent.status === 0 && (await received) === text;
  }

  async load(files: Configurations): Promise<readonly string[]> {
    const lines: string[] = [];
    for (const [host, file] of [
      [this.#alice, files.alice],
      [this.#bob, files.bob],
    ] as const) {
      lines.push(`   ${host.name}# setkey -f ${file}`);
      const words = ['--backend', 'userspace', '--control', host.control, '-f', file];
      const { status, stdout, stderr } = await host.run('setkey', words);
      const said = `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
      lines.push(...said.map((line) => `     ${line}`));
      if (status !== 0)
        throw new Error(`${host.name}'s setkey refused ${file}\n${said.join('\n')}`);
    }
    return lines;
  }

  async packets(): Promise<readonly WirePacket[]> {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const packets: WirePacket[] = [];
    for (const { at, octets } of this.#capture.take()) {
      if (checkEthernet(octets, 0, octets.length) !== null) continue;
      if (ethernetType(octets, 0) !== ETHER_TYPE_OF.IPV4) continue;
      const packet = octets.subarray(ETHERNET_HEADER_LENGTH);
      if (checkIpv4(packet, 0, packet.length) !== null) continue;
      if (packet.subarray(12, 16).join('.') === ALICE) {
        this.#header = octets.slice(0, ETHERNET_HEADER_LENGTH);
      }
      packets.push({ at, octets: packet.slice(0, ipv4TotalLength(packet, 0)) });
    }
    return packets;
  }

  attack(packet: Uint8Array): void {
    if (this.#header === undefined) throw new Error('Bug: nothing was seen on the wire');
    const frame = new Uint8Array(this.#header.length + packet.length);
    frame.set(this.#header);
    frame.set(packet, this.#header.length);
    this.#capture.inject(frame);
  }

  async discards(): Promise<DiscardCounters> {
    this.#bobsDaemon ??= await ControlClient.connect(this.#bob.control);
    return this.#bobsDaemon.discards();
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#bobsDaemon?.close();
    this.#capture.close();
    await Promise.all([this.#alice.end(), this.#bob.end()]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
