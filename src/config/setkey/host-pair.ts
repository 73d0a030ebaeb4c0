/**
 * Two hosts that protect all that goes between them: the SAs and policies of each, with keys and SPIs
 * that are new and that no two SAs share. As text they are in `host-pair-text.ts`.
 *
 * @module
 */
import { newKey, newKeyBits, type RandomOctets } from '../../crypto/new-key.ts';
import { Secret } from '../../crypto/secret.ts';
import { UNLIMITED } from '../../ipsec/lifetime.ts';
import {
  DEFAULT_PRIORITY,
  type IpsecProtocol,
  type Mode,
  type Policy,
  type Template,
} from '../../ipsec/policy.ts';
import { ESP_IN_UDP_PORT, NO_EXTRAS, type SaParameters } from '../../ipsec/sa-parameters.ts';
import { NO_DETAIL, type Selector } from '../../ipsec/selector.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import { ANY_PORT } from '../../net/port-range.ts';
import { isHostPrefix, type Prefix } from '../../net/prefix.ts';
import { u32 } from '../../octets/octets.ts';
import type { Suite, SuiteLayer } from './suite.ts';

/** One of the two hosts. */
export interface PairHost {
  /** What comments call it. */
  readonly name: string;
  readonly address: IpAddress;
  /** What of its side is protected: in tunnel mode perhaps a network behind it. */
  readonly side: Prefix;
}

/** What one host has to have. */
export interface HostFile {
  readonly host: PairHost;
  readonly peer: PairHost;
  readonly policies: {
    /** What is let pass, to be asked before the others. */
    readonly discovery: readonly Policy[];
    readonly outbound: Policy;
    readonly inbound: Policy;
  };
  /** Innermost layer first; the same on both hosts. */
  readonly outbound: readonly SaParameters[];
  readonly inbound: readonly SaParameters[];
}

/** What is to be set up. Addresses, and networks, of one IP version. */
export interface PairPlan {
  readonly hosts: readonly [PairHost, PairHost];
  readonly suite: Suite;
  readonly mode: Mode;
  /** Whether ESP goes in UDP; for suites of ESP alone. */
  readonly udp: boolean;
}

/** What both hosts have to have, in the order of the plan. */
export function hostPair(plan: PairPlan, random: RandomOctets): readonly [HostFile, HostFile] {
  const [a, b] = plan.hosts;
  const spis = new Set<number>();
  const toB = sasOf(a, b, plan, spis, random);
  const toA = sasOf(b, a, plan, spis, random);
  return [
    { host: a, peer: b, policies: policiesOf(a, b, plan), outbound: toB, inbound: toA },
    { host: b, peer: a, policies: policiesOf(b, a, plan), outbound: toA, inbound: toB },
  ];
}

/** The SAs of packets from one host to the other, innermost first. */
function sasOf(
  from: PairHost,
  to: PairHost,
  plan: PairPlan,
  spis: Set<number>,
  random: RandomOctets,
): readonly SaParameters[] {
  return plan.suite.map((layer, place): SaParameters => {
    const { encryption, integrity } = layer;
    const port = ESP_IN_UDP_PORT;
    return {
      ...NO_EXTRAS,
      source: from.address,
      destination: to.address,
      protocol: protocolOf(layer),
      spi: newSpi(spis, random),
      mode: modeAt(place, plan),
      reqid: 0,
      // RFC 4303 §5: none with manual keys, as numbers begin anew when a host does.
      replayWindow: 0,
      encryption: encryption && { algorithm: encryption, key: keyFor(encryption, random) },
      integrity: integrity && {
        algorithm: integrity,
        key: keyFor(integrity, random),
        icvLength: integrity.classicIcvLength,
      },
      encapsulation: plan.udp
        ? { sourcePort: port, destinationPort: port, originalAddress: null }
        : null,
      softLifetime: UNLIMITED,
      hardLifetime: UNLIMITED,
    };
  });
}

function keyFor(algorithm: Parameters<typeof newKey>[0], random: RandomOctets): Secret {
  const bits = newKeyBits(algorithm, null);
  return bits === undefined ? new Secret(new Uint8Array(0)) : newKey(algorithm, bits, random);
}

/** One that is not reserved, not among `spis`, and below those that key exchange daemons draw. */
function newSpi(spis: Set<number>, random: RandomOctets): number {
  for (;;) {
    const spi = u32(random(4), 0) & MOST_SPI;
    if (spi < LEAST_SPI || spis.has(spi)) continue;
    spis.add(spi);
    return spi;
  }
}

const LEAST_SPI = 0x1000;
const MOST_SPI = 0x0fffffff;

function protocolOf({ encryption }: SuiteLayer): IpsecProtocol {
  return encryption === null ? 'ah' : 'esp';
}

/** The innermost layer makes the tunnel, and what goes around it goes between the same hosts. */
function modeAt(place: number, { mode }: PairPlan): Mode {
  return place === 0 ? mode : 'transport';
}

/** What lets packets between `host` and `peer` pass, the ones to be asked first in front. */
function policiesOf(host: PairHost, peer: PairHost, plan: PairPlan): HostFile['policies'] {
  const templates = plan.suite.map((layer, place): Template => {
    const mode = modeAt(place, plan);
    const endpoints = mode === 'tunnel' ? { local: host.address, remote: peer.address } : null;
    return { protocol: protocolOf(layer), mode, endpoints, level: 'require', reqid: 0 };
  });
  const selector: Selector = {
    ...NO_DETAIL,
    localAddress: host.side,
    remoteAddress: peer.side,
    nextLayerProtocol: 'any',
    localPort: ANY_PORT,
    remotePort: ANY_PORT,
  };
  const priority = DEFAULT_PRIORITY;
  const protect = (direction: 'outbound' | 'inbound'): Policy => {
    return { direction, selector, action: { kind: 'protect', templates }, priority };
  };
  const discovery = DIRECTIONS.flatMap((direction) =>
    discoverySelectors(selector).map((found): Policy => {
      return { direction, selector: found, action: { kind: 'bypass' }, priority };
    }),
  );
  return { discovery, outbound: protect('outbound'), inbound: protect('inbound') };
}

/**
 * Of hosts of IPv6, what one finds the other by on a wire: a packet can only be protected and sent to
 * a neighbour that was found (RFC 4891 §3).
 */
function discoverySelectors(selector: Selector): readonly Selector[] {
  const { localAddress, remoteAddress } = selector;
  const ofHosts = isHostPrefix(localAddress) && isHostPrefix(remoteAddress);
  if (!ofHosts || localAddress.address.version !== 6) return [];
  return NEIGHBOUR_DISCOVERY.map((type) => ({
    ...selector,
    nextLayerProtocol: IP_PROTOCOL['ipv6-icmp'],
    message: { type, code: null },
  }));
}

const DIRECTIONS = ['outbound', 'inbound'] as const;
/** Solicitation and advertisement (RFC 4861 §4.3, §4.4). */
const NEIGHBOUR_DISCOVERY = [135, 136];
