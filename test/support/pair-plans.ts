/**
 * What `ipseal keygen pair` is asked for, between alice and bob.
 *
 * @module
 */
import type { PairPlan } from '../../src/config/setkey/host-pair.ts';
import { CLASSIC, MODERN } from '../../src/config/setkey/suite.ts';
import { hostPrefix, parsePrefix } from '../../src/net/prefix.ts';
import { address } from './packets.ts';

export interface PairCase {
  readonly name: string;
  readonly plan: PairPlan;
  /** What alice reaches under its protection. */
  readonly to: string;
  /** What tcpdump shows of each packet. */
  readonly shows: RegExp;
}

/** The two hosts, and on each side the network if there are any. */
export function pairPlan(
  version: 4 | 6,
  parts: Partial<PairPlan> = {},
  networks: readonly [string, string] | null = null,
): PairPlan {
  const [a, b] = version === 4 ? ['10.9.0.1', '10.9.0.2'] : ['fd09::1', 'fd09::2'];
  const [alice, bob] = [address(a), address(b)];
  const [netA, netB] = networks?.map(parsePrefix) ?? [];
  return {
    hosts: [
      { name: 'alice', address: alice, side: netA ?? hostPrefix(alice) },
      { name: 'bob', address: bob, side: netB ?? hostPrefix(bob) },
    ],
    suite: MODERN,
    mode: 'transport',
    udp: false,
    ...parts,
  };
}

const NETWORKS = ['10.1.0.0/16', '10.2.0.0/16'] as const;
const ESP = /^IP6? \S+ > \S+: ESP\(/;
const AH_ESP = /^IP6? \S+ > \S+: AH\(.*\): ESP\(/;

export const PAIR_PLANS: readonly PairCase[] = [
  { name: 'modern', plan: pairPlan(4), to: '10.9.0.2', shows: ESP },
  { name: 'modern, IPv6', plan: pairPlan(6), to: 'fd09::2', shows: ESP },
  { name: 'classic', plan: pairPlan(4, { suite: CLASSIC }), to: '10.9.0.2', shows: AH_ESP },
  {
    name: 'classic, a tunnel between networks',
    plan: pairPlan(4, { suite: CLASSIC, mode: 'tunnel' }, NETWORKS),
    to: '10.2.0.1',
    shows: AH_ESP,
  },
  {
    name: 'modern, a tunnel between hosts of IPv6',
    plan: pairPlan(6, { mode: 'tunnel' }),
    to: 'fd09::2',
    shows: ESP,
  },
];

/** ESP in UDP, which needs somebody who holds its port. */
export const UDP_PAIR: PairCase = {
  name: 'modern, in UDP',
  plan: pairPlan(4, { udp: true }),
  to: '10.9.0.2',
  shows: /^IP \S+\.4500 > \S+\.4500: UDP-encap: ESP\(/,
};
