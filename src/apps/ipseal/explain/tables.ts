/**
 * Where `ipseal explain` takes SAs and policies from: the kernel, `ipseald`, or files.
 *
 * @module
 */
import { networkInterfaces } from 'node:os';
import { formOf } from '../../../config/known-file.ts';
import { now } from '../../../io/clock.ts';
import { collect } from '../../../ipsec/backend.ts';
import { likelyRole, type Role, type Rules } from '../../../ipsec/explanation/explain.ts';
import type { Flow } from '../../../ipsec/explanation/flow.ts';
import { type Records, recordsOf } from '../../../ipsec/explanation/tables.ts';
import { WHOLE_SPI } from '../../../ipsec/sa-pattern.ts';
import { formatIpAddress, type IpAddress, parseIpAddress } from '../../../net/ip-address.ts';
import { isHostPrefix } from '../../../net/prefix.ts';
import { backendChoice } from '../../backend-choice.ts';
import { readOctets } from '../../file-trouble.ts';
import { UsageError } from '../../getopt.ts';
import { openBackend } from '../../open-backend.ts';
import { complain } from '../complain.ts';
import { policiesIn, saPatternsIn } from '../known-file.ts';

/** What says where SAs and policies are. */
export interface TableSources {
  readonly policy?: readonly string[];
  readonly sad?: readonly string[];
  readonly backend?: string;
  readonly control?: string;
}

/** SAs and policies, and what their host is. */
export interface HostTables {
  readonly records: Records;
  readonly rules: Rules;
  /** What the host is to a flow. */
  roleOf(flow: Flow): Role;
  /** Octets of the largest packet that the link to an address carries; `null` where nobody knows. */
  linkMtu(destination: IpAddress): number | null;
  close(): void;
}

/** Reads them. Throws where they cannot be had. */
export async function takeTables(sources: TableSources): Promise<HostTables> {
  if (sources.policy !== undefined) return tablesOfFiles(sources.policy, sources);
  if (sources.sad !== undefined) throw new UsageError('--sad goes with --policy: give both');
  return liveTables(sources);
}

async function tablesOfFiles(
  paths: readonly string[],
  { sad, backend }: TableSources,
): Promise<HostTables> {
  const policies = [];
  for (const path of paths) policies.push(...(await policiesIn(path)));
  const sas = [];
  for (const path of sad ?? paths.filter(hasSas)) {
    for (const pattern of await saPatternsIn(path)) {
      const { source, destination, spiMask, tellsMode } = pattern;
      const isExact = spiMask === WHOLE_SPI && isHostPrefix(source) && isHostPrefix(destination);
      if (isExact && tellsMode) sas.push(pattern);
      else complain(`${path}: an SA that says not enough is left out`);
    }
  }
  const records = recordsOf(sas, policies, now());
  return {
    records,
    rules: backendChoice(backend) === 'userspace' ? 'userspace' : 'kernel',
    roleOf: (flow) => likelyRole(flow, records),
    linkMtu: () => null,
    close: () => undefined,
  };
}

/** A setkey file has both; what `ip xfrm policy` printed has policies alone. */
function hasSas(path: string): boolean {
  return formOf(readOctets(path).toString('utf8')) === 'setkey';
}

async function liveTables({ backend, control }: TableSources): Promise<HostTables> {
  const opened = await openBackend(backendChoice(backend), control);
  try {
    const capabilities = await opened.capabilities();
    const records = {
      sas: await collect(opened.sas()),
      policies: await collect(opened.policies()),
    };
    const { PathMtus } = await import('../../../io/path-mtu.ts');
    const paths = new PathMtus();
    const own = ownAddresses();
    return {
      records,
      rules: capabilities.backend === 'kernel' ? 'kernel' : 'userspace',
      roleOf: (flow) => roleAmong(own, flow),
      linkMtu: ({ version, octets }) => paths.towards(version, octets, 0, now()),
      close: () => paths.close(),
    };
  } finally {
    await opened.close();
  }
}

/** The addresses of this host, as text. */
function ownAddresses(): ReadonlySet<string> {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return new Set(
    all.flatMap(({ address }) => {
      const parsed = parseIpAddress(address.replace(/%.*/, ''));
      return parsed === undefined ? [] : [formatIpAddress(parsed)];
    }),
  );
}

/** What a host with the addresses `own` is to `flow`. */
export function roleAmong(own: ReadonlySet<string>, { source, destination }: Flow): Role {
  const [begins, ends] = [source, destination].map((address) => own.has(formatIpAddress(address)));
  if (begins) return ends ? 'local' : 'outbound';
  return ends ? 'inbound' : 'forward';
}
