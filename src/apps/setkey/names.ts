/**
 * Looking up the names in setkey files: hosts as every other program does it (`/etc/hosts`, DNS, what
 * `nsswitch.conf` says), services in `/etc/services`.
 *
 * @module
 */
import { promises as dns, type LookupAddress } from 'node:dns';
import { readFile } from 'node:fs/promises';
import type { HostLookup, Names, WantedNames } from '../../config/index.ts';
import { type IpAddress, parseIpAddress, sameAddress } from '../../net/ip-address.ts';
import { parseServices, type Services } from '../../net/services.ts';

/** Where names are looked up. */
export interface NameSources {
  /** Rejects with a reason that is fit to be shown. */
  addressesOf(host: string): Promise<readonly LookupAddress[]>;
  /** The text of `/etc/services`. */
  services(): Promise<string>;
}

const SYSTEM_NAMES: NameSources = {
  addressesOf: (host) => dns.lookup(host, { all: true, order: 'verbatim' }),
  services: () => readFile('/etc/services', 'utf8'),
};

/** How long all names together may take. */
export const LONGEST_WAIT_MS = 10_000;

/** Looks up `wanted`, all hosts at once. Never rejects: why a name has no address is in the result. */
export async function lookUpNames(
  wanted: WantedNames,
  sources: NameSources = SYSTEM_NAMES,
  longestWaitMs: number = LONGEST_WAIT_MS,
): Promise<Names> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<HostLookup>((resolve) => {
    const lookup = { failure: `no answer within ${longestWaitMs / 1000} seconds` };
    timer = setTimeout(resolve, longestWaitMs, lookup);
  });
  const [services, ...lookups] = await Promise.all([
    wanted.services ? lookUpServices(sources) : null,
    ...wanted.hosts.map((host) => Promise.race([lookUpHost(host, sources), late])),
  ]);
  clearTimeout(timer);
  const entries = lookups.map((lookup, at) => [wanted.hosts[at] ?? '', lookup] as const);
  return { hosts: new Map(entries), services };
}

async function lookUpHost(host: string, sources: NameSources): Promise<HostLookup> {
  try {
    const found = await sources.addressesOf(host);
    const addresses = found.flatMap(({ address }) => parseIpAddress(withoutZone(address)) ?? []);
    const unique = addresses.filter((address, at) => indexOf(addresses, address) === at);
    return unique.length > 0 ? { addresses: unique } : { failure: 'it has none' };
  } catch (error) {
    return { failure: reasonOf(error) };
  }
}

async function lookUpServices(sources: NameSources): Promise<Services | null> {
  try {
    return parseServices(await sources.services());
  } catch {
    return null;
  }
}

function withoutZone(address: string): string {
  return address.replace(/%.*/, '');
}

function indexOf(addresses: readonly IpAddress[], address: IpAddress): number {
  return addresses.findIndex(
    (other) => other.version === address.version && sameAddress(other, address),
  );
}

/** The words of getaddrinfo, of which Node keeps the number alone. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? `${error.code}` : '';
  return REASONS.get(code) ?? (code || `${error}`);
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOTFOUND', 'no such host is known'],
  ['ENODATA', 'it has none'],
  ['EAI_AGAIN', 'the name server does not answer'],
  ['EAI_FAIL', 'the name server fails'],
]);
