/**
 * From what an interface asks for to what makes it so: SAs, policies, a route.
 *
 * The same as the scripts built by setkey, statement by statement, with two differences: `fwd`
 * policies, which setkey made by itself of those `in`, are made here; and no route leads to the peer's
 * own address, for then the protected packets would take it, too.
 *
 * @module
 */

import type { Contents } from '../../ipsec/contents.ts';
import { NOTHING } from '../../ipsec/contents.ts';
import { UNLIMITED } from '../../ipsec/lifetime.ts';
import { type Action, DEFAULT_PRIORITY, type Policy, type Template } from '../../ipsec/policy.ts';
import { NO_EXTRAS, type SaParameters } from '../../ipsec/sa-parameters.ts';
import { type Direction, NO_DETAIL } from '../../ipsec/selector.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { ANY_PORT } from '../../net/port-range.ts';
import { hostPrefix, type Prefix, prefixCovers, prefixOctets } from '../../net/prefix.ts';
import type { IpsecInterface, KeyedLayer } from './interface.ts';

/** What the files left to the kernel to choose. */
export interface Choices {
  /** This host's address towards the peer. */
  readonly source: IpAddress;
  /** This host's address in the network behind it; `null` where it has none. */
  readonly sourceGateway: IpAddress | null;
}

/** What is to be there while the interface is up. */
export interface CompiledInterface {
  /** Policies stand in the order in which they are to be asked. */
  readonly contents: Contents;
  /** `null` in transport mode, and where none is needed or can be made. */
  readonly route: InterfaceRoute | null;
}

/**
 * Packets for `destination` leave with `source` as their address, unless they have one. Their way leads
 * to the host itself, since the policies take them before they go it.
 */
export interface InterfaceRoute {
  /** Without bits behind its length. */
  readonly destination: Prefix;
  readonly source: IpAddress;
}

/** Compiles `wanted` for the host that chose `choices`. */
export function compileIfcfg(wanted: IpsecInterface, choices: Choices): CompiledInterface {
  const ends = { local: choices.source, remote: wanted.destination };
  const local = wanted.networks?.source ?? hostPrefix(ends.local);
  const remote = wanted.networks?.destination ?? hostPrefix(ends.remote);
  const templates = templatesOf(wanted, ends);
  const policies = [
    ...exclusions(local, remote, wanted),
    ...bothWays(local, remote, { kind: 'protect', templates }),
  ];
  const sas = wanted.keying.kind === 'manual' ? sasOf(wanted, wanted.keying, ends) : NOTHING.sas;
  return { contents: { sas, policies }, route: routeOf(wanted, choices) };
}

/** Layer by layer, ESP first: inbound, then outbound. */
function sasOf(
  { networks }: IpsecInterface,
  keying: { readonly inbound: readonly KeyedLayer[]; readonly outbound: readonly KeyedLayer[] },
  { local, remote }: NonNullable<Template['endpoints']>,
): SaParameters[] {
  const mode = networks === null ? 'transport' : 'tunnel';
  const sa = (layer: KeyedLayer, source: IpAddress, destination: IpAddress): SaParameters => ({
    ...NO_EXTRAS,
    ...layer,
    source,
    destination,
    mode,
    reqid: 0,
    replayWindow: 0,
    softLifetime: UNLIMITED,
    hardLifetime: UNLIMITED,
  });
  return keying.inbound.flatMap((layer, place) => {
    const back = keying.outbound[place];
    return [sa(layer, remote, local), ...(back === undefined ? [] : [sa(back, local, remote)])];
  });
}

/** ESP inside, AH around it; in tunnel mode that is a tunnel in a tunnel. */
function templatesOf(
  { networks, keying }: IpsecInterface,
  ends: NonNullable<Template['endpoints']>,
): readonly Template[] {
  const protocols =
    keying.kind === 'manual' ? keying.inbound.map(({ protocol }) => protocol) : keying.protocols;
  return protocols.map((protocol) => ({
    protocol,
    mode: networks === null ? 'transport' : 'tunnel',
    endpoints: networks === null ? null : ends,
    level: 'require',
    reqid: 0,
  }));
}

/** What stays within this host's network, where the other end's network covers it. */
function exclusions(local: Prefix, remote: Prefix, { networks }: IpsecInterface): Policy[] {
  if (networks === null || local.length <= remote.length) return [];
  if (local.address.version !== remote.address.version) return [];
  if (!prefixCovers(remote, local.address.octets, 0)) return [];
  return bothWays(local, local, { kind: 'bypass' });
}

/** Out, in, and in passing through. */
function bothWays(localAddress: Prefix, remoteAddress: Prefix, action: Action): Policy[] {
  const selector = {
    ...NO_DETAIL,
    localAddress,
    remoteAddress,
    nextLayerProtocol: 'any' as const,
    localPort: ANY_PORT,
    remotePort: ANY_PORT,
  };
  const directions: readonly Direction[] = ['outbound', 'inbound', 'forward'];
  return directions.map((direction) => ({
    direction,
    selector,
    action,
    priority: DEFAULT_PRIORITY,
  }));
}

/** IPv6 has no route by way of the host itself. */
function routeOf({ networks }: IpsecInterface, choices: Choices): InterfaceRoute | null {
  const destination = networks?.destination ?? null;
  const { sourceGateway: source } = choices;
  if (destination === null || source === null || source.version === 6) return null;
  const { version } = destination.address;
  const octets = prefixOctets(destination);
  return { destination: { address: { version, octets }, length: destination.length }, source };
}
