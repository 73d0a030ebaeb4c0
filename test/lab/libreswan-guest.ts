/**
 * Libreswan's pluto in a guest, whose kernel has the SAs that it negotiates. `test/lab/install` has unpacked it.
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause, succeed } from './command.ts';
import type { Guest, GuestCommand } from './guest.ts';
import type { GuestIke } from './guest-ike.ts';
import { LIBRESWAN } from './programs.ts';

/** What pluto begins with. */
export interface PlutoFiles {
  /** The `conn` sections, as in ipsec.conf(5). */
  readonly connections: string;
  /** As in ipsec.secrets(5). */
  readonly secrets: string;
  /** PEM files of an authority, a certificate with the nickname `bob`, and the key of that. */
  readonly certificates: { readonly ca: string; readonly bob: string; readonly key: string };
}

export class GuestPluto implements GuestIke {
  readonly #guest: Guest;
  readonly #directory: string;
  readonly #daemon: GuestCommand;

  private constructor(guest: Guest, directory: string) {
    this.#guest = guest;
    this.#directory = directory;
    this.#daemon = guest.spawn([
      ...[`${PROGRAMS}/pluto`, '--nofork', '--config', join(directory, 'ipsec.conf')],
      ...['--rundir', RUN_DIRECTORY, '--nhelpers', '0'],
    ]);
  }

  /** Starts it; resolves when it knows the connections. Of `directory` guest and host share the contents. */
  static async start(guest: Guest, directory: string, files: PlutoFiles): Promise<GuestPluto> {
    await makeDatabase(directory, files.certificates);
    writeFileSync(join(directory, 'ipsec.conf'), configuration(directory, files.connections));
    writeFileSync(join(directory, 'ipsec.secrets'), files.secrets, { mode: 0o600 });
    // Its parts look for one another where the package would have put them.
    await guest.sh(`ln -s ${LIBRESWAN}/usr/libexec/ipsec ${PROGRAMS}; mkdir ${RUN_DIRECTORY}`);
    const pluto = new GuestPluto(guest, directory);
    const names = [...files.connections.matchAll(/^conn (\S+)$/gm)].map(([, name]) => name);
    for (let waited = 0; !(await pluto.#knows(names)); waited += POLL_MS) {
      if (waited >= START_TIMEOUT_MS) throw new Error(`Cannot start pluto: ${pluto.log}`);
      await pause(POLL_MS);
    }
    return pluto;
  }

  get log(): string {
    try {
      return readFileSync(join(this.#directory, 'log'), 'utf8');
    } catch {
      return '';
    }
  }

  initiate(connection: string): Promise<unknown> {
    return this.#whack('--initiate', '--name', connection);
  }

  /** Of IKEv1 it has no command for this: where there are SAs, to initiate means others. */
  rekey(connection: string): Promise<unknown> {
    return this.initiate(connection);
  }

  terminate(connection: string): Promise<unknown> {
    return this.#whack('--terminate', '--name', connection);
  }

  /** Has it log all that it does from now on. */
  logAll(): Promise<unknown> {
    return this.#whack('--debug', 'base');
  }

  kill(): void {
    this.#daemon.kill();
  }

  /** Has `whack` do what `words` say, and returns what it prints; throws with it where that fails. */
  #whack(...words: readonly string[]): Promise<string> {
    return succeed(this.#guest, [`${PROGRAMS}/whack`, '--rundir', RUN_DIRECTORY, ...words]);
  }

  async #knows(names: readonly (string | undefined)[]): Promise<boolean> {
    const status = await this.#whack('--status').catch(() => '');
    return names.every((name) => status.includes(`"${name}":`));
  }
}

/** Makes the NSS database that pluto has certificates and keys in. */
async function makeDatabase(
  directory: string,
  { ca, bob, key }: PlutoFiles['certificates'],
): Promise<void> {
  const nss = join(directory, 'nss');
  mkdirSync(nss);
  const bundle = join(nss, 'bob.p12');
  const into = ['-d', `sql:${nss}`];
  for (const argv of [
    ['certutil', '-N', ...into, '--empty-password'],
    ['certutil', '-A', ...into, '-n', 'ca', '-t', 'CT,,', '-i', ca],
    ['openssl', 'pkcs12', '-export', '-passout', 'pass:', '-name', 'bob', '-in', bob].concat([
      '-inkey',
      key,
      '-out',
      bundle,
    ]),
    ['pk12util', ...into, '-i', bundle, '-W', ''],
  ]) {
    await succeed(null, argv);
  }
}

const configuration = (directory: string, connections: string): string => `
config setup
    ikev1-policy=accept
    nssdir=${directory}/nss
    ipsecdir=${directory}
    secretsfile=${directory}/ipsec.secrets
    logfile=${directory}/log
    dnssec-enable=no

${connections}`;

const PROGRAMS = '/usr/libexec/ipsec';
const RUN_DIRECTORY = '/run/pluto';
const POLL_MS = 100;
const START_TIMEOUT_MS = 60_000;
