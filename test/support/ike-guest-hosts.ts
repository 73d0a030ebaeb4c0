/**
 * Two hosts in one guest: ours, whose racoon drives the guest's kernel, and a namespace with strongSwan. It has many
 * addresses, one for each thing that is tried, and one more behind a NAT of ours.
 *
 *     ┌─ guest: racoon ──────┐                          ┌─ "bob": charon ────────────┐
 *     │ wire0 10.9.0.1     ──┼────────── veth ──────────┼── wire0 10.9.0.11, .12, ... │
 *     │ inner0 10.8.0.2    ──┼── "nat" masquerades us ──┼── outer0 10.7.0.2           │
 *     │ lo    10.9.1.1       │                          │  lo    10.9.2.1             │
 *     └──────────────────────┘                          └─────────────────────────────┘
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../lab/cleanup.ts';
import type { Host } from '../lab/command.ts';
import { succeed } from '../lab/command.ts';
import { bootGuest, type Guest, type GuestCommand } from '../lab/guest.ts';
import { GuestCharon } from '../lab/strongswan-guest.ts';
import { ALICE_ADDRESS, commandPath, waitUntil } from './hosts.ts';

/** Of the namespace of strongSwan: behind the NAT, and on its loopback device. */
export const BEYOND_NAT = '10.7.0.2';
export const INSIDE_BOB = '10.9.2.1';
/** Ours, towards the NAT and on our loopback device. */
export const BEFORE_NAT = '10.8.0.2';
export const INSIDE_ALICE = '10.9.1.1';

/** What both daemons begin with. Paths in it are below {@link GuestHosts.near} and `far`. */
export interface GuestHostsFiles {
  readonly racoon: string;
  readonly psk: string;
  /** Statements of setkey. */
  readonly policies: string;
  readonly swanctl: string;
}

export class GuestHosts {
  readonly guest: Guest;
  /** The files of our racoon. */
  readonly near: string;
  /** Those of charon: certificates are where swanctl looks for them below it. */
  readonly far: string;
  readonly #folder: TemporaryDirectory;
  #charon: GuestCharon | null = null;
  #racoon: GuestCommand | null = null;

  private constructor(guest: Guest, folder: TemporaryDirectory) {
    this.guest = guest;
    this.#folder = folder;
    this.near = join(folder.path, 'near');
    this.far = join(folder.path, 'far');
  }

  /** Boots the guest; strongSwan's namespace has `peers` on the wire. */
  static async make(peers: readonly string[]): Promise<GuestHosts> {
    const folder = makeTemporaryDirectory();
    const guest = await bootGuest({ writable: [folder.path] });
    await guest.sh(networkScript(peers));
    const hosts = new GuestHosts(guest, folder);
    for (const path of [hosts.near, hosts.far]) mkdirSync(path);
    return hosts;
  }

  /** Starts both daemons and loads our policies. */
  async start({ racoon, psk, policies, swanctl }: GuestHostsFiles): Promise<void> {
    const { guest, near, far } = this;
    const file = (name: string) => join(near, name);
    writeFileSync(file('psk.txt'), psk, { mode: 0o600 });
    writeFileSync(file('racoon.conf'), racoon);
    const options = { namespace: 'bob', fragmentSize: 700 };
    this.#charon = await GuestCharon.start(guest, far, swanctl, options);
    this.#racoon = guest.spawn([
      ...[commandPath('racoon'), '-F', '-d', '-f', file('racoon.conf'), '-l', file('log')],
      ...['--backend', 'kernel'],
    ]);
    await this.until('our ports', () => /used as isakmp port/.test(this.log));
    const loading = [commandPath('setkey'), '--backend', 'kernel', '-c'];
    await succeed(guest, loading, { input: policies });
  }

  get charon(): GuestCharon {
    if (this.#charon === null) throw new Error('Bug: charon does not run');
    return this.#charon;
  }

  /** What can be run where strongSwan is. */
  get bob(): Host {
    return {
      run: (argv, options) => this.guest.run(['ip', 'netns', 'exec', 'bob', ...argv], options),
    };
  }

  /** What our racoon has logged: of the last half second some may be missing. */
  get log(): string {
    try {
      return readFileSync(join(this.near, 'log'), 'utf8');
    } catch {
      return '';
    }
  }

  /** Asks our racoon; throws with what it says where that fails. */
  racoonctl(...words: readonly string[]): Promise<string> {
    return succeed(this.guest, [commandPath('racoonctl'), '-s', ADMIN_SOCKET, ...words]);
  }

  /** How many packets each SA with `peer` has carried, as the kernel of `host` says: ours or bob's. */
  async carried(host: Host, peer: string): Promise<readonly number[]> {
    const printed = await succeed(host, ['ip', '-s', 'xfrm', 'state']);
    return printed
      .split(/^(?=src )/m)
      .filter((state) => state.split('\n')[0]?.split(' ').includes(peer))
      .filter((state) => !state.includes('spi 0x00000000'))
      .map((state) => Number(/(\d+)\(packets\)/.exec(state)?.[1]));
  }

  /** Waits until our kernel has so many SAs with `peer`. */
  async untilSas(peer: string, count: number): Promise<void> {
    await this.until(`${count} SAs with ${peer}`, async () => {
      return (await this.carried(this.guest, peer)).length === count;
    });
  }

  /** Waits until `condition` holds; throws with what both daemons have logged when it never does. */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    await this.explained(() => waitUntil(what, condition, PATIENCE_MS));
  }

  /** Does `action`; where it fails, what both daemons have logged is told. */
  async explained<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      const theirs = this.#charon?.log ?? '';
      throw new Error(`${error}\n\nWe logged:\n${this.log}\nThey logged:\n${theirs}`);
    }
  }

  /** Has our racoon end; resolves when it has. */
  async endRacoon(): Promise<void> {
    await this.guest.sh('kill -TERM $(cat /run/racoon.pid)');
    await this.#racoon?.ended;
  }

  async dispose(): Promise<void> {
    await this.guest.stop();
    this.#folder.remove();
  }
}

/** The first statements of our racoon.conf. */
export function racoonPaths(near: string): string {
  return `path pre_shared_key "${near}/psk.txt"; path certificate "${near}"; path script "${near}";
path pidfile "/run/racoon.pid"; listen { adminsock "${ADMIN_SOCKET}"; }\n`;
}

function networkScript(peers: readonly string[]): string {
  const addresses = peers.map((peer) => `ip -n bob address add ${peer}/24 dev wire0`);
  return `
    ip netns add bob
    ip netns add nat
    ip link add wire0 type veth peer name wire0 netns bob
    ip link add inner0 type veth peer name inner0 netns nat
    ip -n nat link add outer0 type veth peer name outer0 netns bob
    ip address add ${ALICE_ADDRESS}/24 dev wire0
    ip address add ${BEFORE_NAT}/24 dev inner0
    ip address add ${INSIDE_ALICE}/32 dev lo
    ip -n nat address add 10.8.0.1/24 dev inner0
    ip -n nat address add 10.7.0.1/24 dev outer0
    ip -n bob address add ${BEYOND_NAT}/24 dev outer0
    ip -n bob address add ${INSIDE_BOB}/32 dev lo
    ${addresses.join('\n')}
    for device in wire0 inner0; do ip link set $device up; done
    for device in lo inner0 outer0; do ip -n nat link set $device up; done
    for device in lo wire0 outer0; do ip -n bob link set $device up; done
    ip route add 10.7.0.0/24 via 10.8.0.1
    ip netns exec nat sysctl -qw net.ipv4.ip_forward=1
    ip netns exec nat iptables-legacy -t nat -A POSTROUTING -o outer0 -j MASQUERADE`;
}

const ADMIN_SOCKET = '/run/racoon.sock';

/** A guest has one CPU, and shares it. */
const PATIENCE_MS = 60_000;
