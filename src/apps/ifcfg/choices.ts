/**
 * What the files of an interface left open, as this host and its kernel choose it.
 *
 * @module
 */
import os from 'node:os';
import type { Choices } from '../../config/ifcfg/compile.ts';
import type { IpsecInterface, Networks } from '../../config/ifcfg/interface.ts';
import { sourceTowards } from '../../io/gateway-route.ts';
import { SystemError } from '../../io/libc.ts';
import {
  formatIpAddress,
  type IpAddress,
  parseIpAddress,
  sameAddress,
} from '../../net/ip-address.ts';
import { formatPrefix, type Prefix, prefixCovers } from '../../net/prefix.ts';

/** Choices, and what to say of them. */
export interface Chosen {
  readonly choices: Choices;
  readonly notes: readonly string[];
}

/** Chooses for `wanted`. Throws when there is no route to the peer and `SRC` is not given, or the peer
 * is this host. */
export function choose(wanted: IpsecInterface): Chosen {
  const source = wanted.source ?? sourceTo(wanted.destination);
  if (sameAddress(source, wanted.destination)) {
    throw new Error(`DST is this host's own address, ${formatIpAddress(source)}: write the peer's`);
  }
  const destination = wanted.networks?.destination ?? null;
  if (wanted.networks === null || destination === null) {
    return { choices: { source, sourceGateway: null }, notes: [] };
  }
  const sourceGateway = gatewayOf(wanted.networks, source);
  const network = formatPrefix(destination);
  if (destination.address.version === 6) {
    const note = `no route to ${network} is made: IPv6 has none by way of the host itself`;
    return { choices: { source, sourceGateway }, notes: [note] };
  }
  if (sourceGateway !== null) return { choices: { source, sourceGateway }, notes: [] };
  const note = `no route to ${network} is made: this host has no address in SRCNET, and SRCGW names none`;
  return { choices: { source, sourceGateway }, notes: [note] };
}

function sourceTo(destination: IpAddress): IpAddress {
  const peer = formatIpAddress(destination);
  try {
    const source = sourceTowards(destination);
    if (source !== null) return source;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
  throw new Error(
    `SRC is not given, and the kernel has no route to ${peer}: write SRC into the file`,
  );
}

function gatewayOf(networks: Networks, source: IpAddress): IpAddress | null {
  if (networks.sourceGateway !== null) return networks.sourceGateway;
  const { source: network } = networks;
  if (network === null) return source;
  return ownAddresses().find((address) => covers(network, address)) ?? null;
}

function covers(network: Prefix, { version, octets }: IpAddress): boolean {
  return network.address.version === version && prefixCovers(network, octets, 0);
}

/** Of all interfaces that are up. */
function ownAddresses(): IpAddress[] {
  return Object.values(os.networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).flatMap(({ address }) => parseIpAddress(address) ?? []),
  );
}
