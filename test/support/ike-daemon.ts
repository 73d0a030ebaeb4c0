/**
 * IKE with its data plane on a test host, by files of racoon: `ike-host.mjs`; and two such hosts.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { collect, type SaRecord } from '../../src/ipsec/backend.ts';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../lab/cleanup.ts';
import type { Command } from '../lab/command.ts';
import { type Hosts, makeHosts, PROJECT, type TestHost } from './hosts.ts';

/** What is in the files of a host. */
interface RacoonTexts {
  readonly conf: string;
  readonly psk: string;
}

/** Has `host` negotiate by files made of `texts` in `folder`; resolves when it listens. */
async function startIke(
  host: TestHost,
  { conf, psk }: RacoonTexts,
  folder: TemporaryDirectory,
): Promise<Command> {
  const confPath = join(folder.path, `${host.address}.conf`);
  const pskPath = join(folder.path, `${host.address}.psk`);
  writeFileSync(confPath, conf);
  writeFileSync(pskPath, psk, { mode: 0o600 });
  const script = `${PROJECT}/test/support/ike-host.mjs`;
  const daemon = host.namespace.spawn(['node', script, host.control, confPath, pskPath]);
  await daemon.until(/listening at/);
  return daemon;
}

/**
 * alice and bob, each with a racoon.conf, a psk.txt, and policies for all that goes from one to the other:
 * what goes first has them negotiate ESP. `lifetime` is a statement of `sainfo`.
 */
export async function makeNegotiatingHosts(lifetime = ''): Promise<NegotiatingHosts> {
  const folder = makeTemporaryDirectory();
  const hosts = await makeHosts([]);
  const daemons = new Map<TestHost, Command>();
  const { alice, bob } = hosts;
  for (const [host, { address }] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    const texts = { conf: racoonConf(address, lifetime), psk: `${address} open sesame\n` };
    daemons.set(host, await startIke(host, texts, folder));
    await host.load(policies(host.address, address));
  }
  return new NegotiatingHosts(hosts, daemons, folder);
}

/** Use {@link makeNegotiatingHosts}. */
export class NegotiatingHosts {
  readonly alice: TestHost;
  readonly bob: TestHost;
  readonly #hosts: Hosts;
  readonly #daemons: ReadonlyMap<TestHost, Command>;
  readonly #folder: TemporaryDirectory;

  constructor(hosts: Hosts, daemons: ReadonlyMap<TestHost, Command>, folder: TemporaryDirectory) {
    this.alice = hosts.alice;
    this.bob = hosts.bob;
    this.#hosts = hosts;
    this.#daemons = daemons;
    this.#folder = folder;
  }

  /** What negotiates on `host`. */
  daemonOf(host: TestHost): Command {
    const daemon = this.#daemons.get(host);
    if (daemon === undefined) throw new Error('Bug: this host does not negotiate');
    return daemon;
  }

  sasOf(host: TestHost): Promise<SaRecord[]> {
    return host.ask((client) => collect(client.sas()));
  }

  async dispose(): Promise<void> {
    await this.#hosts.dispose();
    this.#folder.remove();
  }
}

function racoonConf(peer: string, lifetime: string): string {
  return `
remote ${peer} {
  exchange_mode main;
  proposal {
    encryption_algorithm aes;
    hash_algorithm sha256;
    authentication_method pre_shared_key;
    dh_group 14;
  }
}
sainfo anonymous {
  pfs_group 14;
  ${lifetime}
  encryption_algorithm aes;
  authentication_algorithm hmac_sha256;
  compression_algorithm deflate;
}`;
}

function policies(own: string, peer: string): string {
  return `
spdadd ${own} ${peer} any -P out ipsec esp/transport//require;
spdadd ${peer} ${own} any -P in ipsec esp/transport//require;`;
}
