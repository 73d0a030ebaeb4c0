/**
 * Two hosts with the same SAs, packet by packet: one protects everything, the other asks for that.
 *
 * @module
 */
import { nodeProvider } from '../../src/crypto/node-provider.ts';
import type { Policy, Template } from '../../src/ipsec/policy.ts';
import type { SaParameters } from '../../src/ipsec/sa-parameters.ts';
import type { IpAddress } from '../../src/net/ip-address.ts';
import { DataPath, memoryFor } from './data-path.ts';
import { ALICE, ALICE6, address, BOB, BOB6 } from './packets.ts';
import { addPolicy, addSa, mirrored, network, policy, protect } from './sas.ts';

export type Version = 4 | 6;

/** Alice and Bob. */
export const ENDS: Readonly<Record<Version, readonly [IpAddress, IpAddress]>> = {
  4: [ALICE, BOB],
  6: [ALICE6, BOB6],
};
/** Hosts behind them. */
export const INSIDE = {
  4: { source: address('10.1.0.9'), destination: address('10.2.0.9') },
  6: { source: address('2001:db8:1::9'), destination: address('2001:db8:2::9') },
} as const;
const EVERYTHING = { 4: network('0.0.0.0/0'), 6: network('::/0') } as const;

/** Mode, and the IP version inside and outside. */
export const MODES = [
  ['transport', 4, 4],
  ['transport', 6, 6],
  ['tunnel', 4, 4],
  ['tunnel', 4, 6],
  ['tunnel', 6, 4],
  ['tunnel', 6, 6],
] as const;

/** A host without SAs and policies. */
export function path(): DataPath {
  return new DataPath(nodeProvider({ octets: new Uint8Array(memoryFor(4096)) }));
}

/** Everything of `version` under `layers`, innermost first. */
export function everything(version: Version, ...layers: Template[]): Policy {
  const all = EVERYTHING[version];
  return policy('outbound', protect(...layers), { localAddress: all, remoteAddress: all });
}

/**
 * Alice, who protects all packets of `inner` by `layers`, and Bob, who asks for that, and takes none
 * of the other version.
 */
export function pair(sas: readonly SaParameters[], layers: readonly Template[], inner: Version) {
  const [alice, bob] = [path(), path()];
  const out = everything(inner, ...layers);
  alice.commit(...sas.map(addSa), addPolicy(out));
  const other: Policy = { ...everything(inner === 4 ? 6 : 4), action: { kind: 'discard' } };
  bob.commit(...sas.map(addSa), addPolicy(mirrored(out)), addPolicy(mirrored(other)));
  return { alice, bob };
}
