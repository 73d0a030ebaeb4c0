/**
 * A host with its configuration where Red Hat had it, seen by the commands that are run in it alone.
 *
 *     FOLDER/racoon            as /etc/racoon
 *     FOLDER/network-scripts   as /etc/sysconfig/network-scripts
 *     FOLDER/run               as /var/run
 *
 * @module
 */
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '../lab/command.ts';
import { commandPath, type TestHost } from './hosts.ts';

export class RedHatHost {
  readonly host: TestHost;
  readonly #folder: string;
  readonly #surroundings: Record<string, string>;

  /** `folder` is this host's alone; it need not exist. */
  constructor(host: TestHost, folder: string) {
    this.host = host;
    this.#folder = folder;
    this.#surroundings = { IPSEAL_CONTROL: host.control, IPSEAL_BACKEND: 'userspace' };
    for (const place of ['racoon', 'network-scripts', 'run', 'etc/racoon', SYSCONFIG]) {
      mkdirSync(join(folder, place), { recursive: true });
    }
    // As its package has it; racoon does not start without.
    writeFileSync(join(folder, 'racoon', 'psk.txt'), '# a key for each peer\n', { mode: 0o600 });
  }

  /** Copies the file at `from` as it stands, to be the operator's alone. */
  put(from: string, folder: 'racoon' | 'network-scripts', name: string): void {
    copyFileSync(from, this.path(folder, name));
    chmodSync(this.path(folder, name), 0o600);
  }

  /** Where a file of the host is outside of it. */
  path(folder: 'racoon' | 'network-scripts', name: string): string {
    return join(this.#folder, folder, name);
  }

  /** Brings up an interface, as it says; throws what `ifup-ipsec` says when it cannot. */
  async ifup(name: string): Promise<string> {
    const argv = this.#inside(commandPath('ifup-ipsec'), name);
    const result = await this.host.namespace.run(argv, { env: this.#surroundings });
    if (result.status !== 0) throw new Error(`Cannot bring up ${name}: ${result.stderr}`);
    return result.stdout;
  }

  /** Starts racoon; resolves when peers may come. */
  async startRacoon(): Promise<Command> {
    const argv = this.#inside(commandPath('racoon'), '-F');
    const racoon = this.host.namespace.spawn(argv, { env: this.#surroundings });
    await racoon.until(/used as isakmp port/);
    return racoon;
  }

  #inside(...argv: readonly string[]): string[] {
    return ['unshare', '--mount', 'sh', '-ec', ENTER, 'sh', this.#folder, ...argv];
  }
}

const SYSCONFIG = 'etc/sysconfig/network-scripts';

/** Lays the folders of $1 over those of this machine, which may lack them, and runs the rest. */
const ENTER = `
mount -t overlay overlay -o "lowerdir=$1/etc:/etc" /etc
mount --bind "$1/racoon" /etc/racoon
mount --bind "$1/network-scripts" /etc/sysconfig/network-scripts
mount --bind "$1/run" /var/run
shift
exec "$@"`;
