/**
 * `ipseal keygen pair`: the setkey files of two hosts that protect all that goes between them.
 *
 * @module
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { hostPair, type PairHost, type PairPlan } from '../../../config/setkey/host-pair.ts';
import { hostFileText } from '../../../config/setkey/host-pair-text.ts';
import { layerOf, SUITES, type Suite, type SuiteLayer } from '../../../config/setkey/suite.ts';
import {
  formatIpAddress,
  type IpAddress,
  parseIpAddress,
  sameAddress,
} from '../../../net/ip-address.ts';
import { hostPrefix, type Prefix, parsePrefix, prefixCovers } from '../../../net/prefix.ts';
import { whyNot } from '../../file-trouble.ts';
import { UsageError } from '../../getopt.ts';
import { writePrivateFiles } from '../../private-file.ts';
import { algorithmNamed } from './algorithm.ts';
import { systemRandom, warnOf } from './keygen.ts';
import { nextSteps } from './next-steps.ts';

export interface PairOptions {
  readonly suite?: string;
  readonly mode?: string;
  readonly netA?: string;
  readonly netB?: string;
  readonly udp?: boolean;
  readonly json?: boolean;
  /** The directory to write to. */
  readonly output?: string;
  readonly force?: boolean;
}

/** What `--json` prints. */
export interface PairReport {
  readonly version: 1;
  /** In the order of the arguments. */
  readonly files: readonly {
    readonly host: string;
    readonly address: string;
    readonly path: string;
  }[];
}

/** Writes the files of the hosts `a` and `b`; resolves with the exit status. Throws `UsageError`. */
export async function keygenPair(a: string, b: string, options: PairOptions): Promise<number> {
  const plan = planOf(a, b, options);
  const directory = options.output ?? '.';
  const files = hostPair(plan, systemRandom).map((file) => ({
    host: file.host.name,
    address: formatIpAddress(file.host.address),
    path: join(directory, fileName(file.host)),
    text: hostFileText(file),
  }));
  makeDirectory(directory);
  writePrivateFiles(files, options.force === true);
  warnOf(plan.suite.flatMap(algorithmsOf));
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify(reportOf(files))}\n`
      : nextSteps(
          plan,
          files.map(({ path }) => path),
        ),
  );
  return 0;
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Error(`Cannot make the directory ${directory}: ${whyNot(error)}`, { cause: error });
  }
}

function reportOf(files: PairReport['files']): PairReport {
  return {
    version: 1,
    files: files.map(({ host, address, path }) => ({ host, address, path })),
  };
}

function planOf(a: string, b: string, options: PairOptions): PairPlan {
  const [netA, netB] = [options.netA, options.netB].map((text) =>
    text === undefined ? undefined : networkOf(text),
  );
  const hasNetworks = (netA ?? netB) !== undefined;
  const mode = options.mode ?? (hasNetworks ? 'tunnel' : 'transport');
  if (mode !== 'transport' && mode !== 'tunnel') {
    throw new UsageError(`"${mode}" is not a mode: write transport or tunnel`);
  }
  if (mode === 'transport' && hasNetworks) {
    throw new UsageError('networks go through a tunnel: write --mode tunnel, or leave --mode out');
  }
  const hosts = [hostOf(a, netA), hostOf(b, netB)] as const;
  refuseUnlike(hosts);
  const suite = suiteOf(options.suite ?? 'modern');
  const udp = options.udp === true;
  if (udp && suite.some(({ encryption }) => encryption === null)) {
    throw new UsageError('AH cannot go in UDP, where a NAT would break it: choose a suite of ESP');
  }
  return { hosts, suite, mode, udp };
}

/** What no other host has: unspecified, loopback, multicast and reserved addresses (RFC 6890, RFC 4291 §2.4). */
const NO_HOSTS = ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3', '::/127', 'ff00::/8'].map(networkOf);

/** `10.9.0.1`, or `alice=10.9.0.1`. */
function hostOf(text: string, network: Prefix | undefined): PairHost {
  const [, name, addressText = ''] = /^(?:([A-Za-z0-9][\w.-]*)=)?(.*)$/s.exec(text) ?? [];
  const address = parseIpAddress(addressText);
  if (address === undefined) {
    throw new UsageError(`"${text}" is not a host: write its address, or alice=10.9.0.1`);
  }
  if (NO_HOSTS.some((prefix) => isWithin(address, prefix))) {
    throw new UsageError(
      `no host reaches another at ${addressText}: write the address that the other has of it`,
    );
  }
  return { name: name ?? formatIpAddress(address), address, side: network ?? hostPrefix(address) };
}

function isWithin(address: IpAddress, prefix: Prefix): boolean {
  return address.version === prefix.address.version && prefixCovers(prefix, address.octets, 0);
}

function networkOf(text: string): Prefix {
  const network = parsePrefix(text);
  if (network !== undefined) return network;
  throw new UsageError(`"${text}" is not a network: write it as 10.1.0.0/16`);
}

function refuseUnlike(hosts: readonly [PairHost, PairHost]): void {
  const [a, b] = hosts;
  const versionOf = ({ version }: IpAddress): string => `IPv${version}`;
  if (a.address.version !== b.address.version) {
    const [one, other] = [versionOf(a.address), versionOf(b.address)];
    throw new UsageError(`${a.name} has an ${one} address and ${b.name} an ${other} address`);
  }
  if (a.side.address.version !== b.side.address.version) {
    throw new UsageError('one network is of IPv4 and the other of IPv6: name both');
  }
  if (sameAddress(a.address, b.address)) throw new UsageError('both hosts have the same address');
  if (a.name === b.name) throw new UsageError('both hosts have the same name');
}

/** `modern`, `classic`, or algorithms with commas between them. */
function suiteOf(text: string): Suite {
  const known = SUITES.get(text);
  if (known !== undefined) return known;
  const layer = layerOf(text.split(',').map(algorithmNamed));
  if (typeof layer === 'string') throw new UsageError(layer);
  return [layer];
}

function algorithmsOf({ encryption, integrity }: SuiteLayer) {
  return [encryption, integrity].filter((algorithm) => algorithm !== null);
}

/** Without colons, which mean another host to scp. */
function fileName({ name }: PairHost): string {
  return `${name.replaceAll(':', '-')}.conf`;
}
