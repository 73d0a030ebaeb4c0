/**
 * What of a configuration an attacker would choose: weak algorithms, and keys that can be guessed at
 * leisure. Nothing of it is refused; it is to be told at the start.
 *
 * @module
 */
import type { IkeConfiguration } from './configuration.ts';
import type { Origin } from './origin.ts';
import { needsPreSharedKey, type Peer } from './peer.ts';
import type { QuickModePolicy } from './quick-mode-policy.ts';

/** A line of the configuration, and what speaks against it, as a clause. */
export interface Weakness {
  readonly at: Origin;
  readonly message: string;
}

/** The weaknesses of `configuration`, in its order; each algorithm once for each line. */
export function weaknessesOf({ peers, quickModePolicies }: IkeConfiguration): readonly Weakness[] {
  const all = [...peers.flatMap(ofPeer), ...quickModePolicies.flatMap(ofPolicy)];
  const told = new Map(all.map((each) => [`${lineOf(each.at)} ${each.message}`, each]));
  return [...told.values()];
}

function ofPeer({ exchangeModes, transforms, origins, at }: Peer): readonly Weakness[] {
  const weak = transforms.flatMap((transform) => {
    const line = (statement: string) => transform.origins.get(statement) ?? transform.at;
    return [
      ...ofAlgorithm(transform.encryption, line('encryption_algorithm')),
      ...ofAlgorithm(transform.hash, line('hash_algorithm')),
      ...ofAlgorithm(transform.group, line('dh_group')),
    ];
  });
  const shows = transforms.some(({ authentication }) => needsPreSharedKey(authentication));
  if (!shows || !exchangeModes.includes('aggressive')) return weak;
  const message =
    'aggressive mode shows a hash of the pre-shared key to whoever asks, who can then guess it';
  return [{ at: origins.get('exchange_mode') ?? at, message }, ...weak];
}

function ofPolicy(policy: QuickModePolicy): readonly Weakness[] {
  const { encryption, integrity, pfsGroup, origins, at } = policy;
  const line = (statement: string) => origins.get(statement) ?? at;
  return [
    ...(pfsGroup === null ? [] : ofAlgorithm(pfsGroup, line('pfs_group'))),
    ...encryption.flatMap(({ algorithm }) => ofAlgorithm(algorithm, line('encryption_algorithm'))),
    ...integrity.flatMap((each) => ofAlgorithm(each, line('authentication_algorithm'))),
  ];
}

function ofAlgorithm(
  { name, weakness }: { readonly name: string; readonly weakness: string | null },
  at: Origin,
): readonly Weakness[] {
  return weakness === null ? [] : [{ at, message: `${name} is weak: ${weakness}` }];
}

function lineOf({ file, line }: Origin): string {
  return `${file}:${line}`;
}
