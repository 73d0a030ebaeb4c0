/**
 * A file of a racoon.conf as its rules see it: the peers and policies that it describes, whose values may
 * come from other files that it includes or inherits from, and what all files say together.
 *
 * @module
 */
import type { IkeConfiguration } from '../../../ike/configuration.ts';
import type { Origin, Origins } from '../../../ike/origin.ts';
import type { Peer } from '../../../ike/peer.ts';
import type { QuickModePolicy } from '../../../ike/quick-mode-policy.ts';
import type { RacoonConfiguration } from '../../racoon/configuration.ts';
import type { SourceText, Span } from '../../source.ts';

export class CheckedRacoon {
  readonly #source: SourceText;
  /** The peers that this file describes. */
  readonly peers: readonly Peer[];
  /** The sainfos of this file. */
  readonly policies: readonly QuickModePolicy[];
  /** What this file and all others say. */
  readonly all: IkeConfiguration;

  constructor(source: SourceText, { ike }: RacoonConfiguration) {
    this.#source = source;
    this.peers = ike.peers.filter(({ at }) => at.file === source.name);
    this.policies = ike.quickModePolicies.filter(({ at }) => at.file === source.name);
    this.all = ike;
  }

  /** Where the statement `name` of `block` stands, or where the block does when it is in another file. */
  spanOf({ at, origins }: { readonly at: Origin; readonly origins: Origins }, name: string): Span {
    const origin = origins.get(name);
    return this.#spanAt(origin?.file === this.#source.name ? origin : at);
  }

  #spanAt({ line, column, text }: Origin): Span {
    const start = this.#source.offset(line, column);
    return { start, end: start + text.length };
  }
}

/** `remote 10.9.0.2`, or `sainfo anonymous`, as a message names it. */
export function nameOf({ at }: Peer | QuickModePolicy): string {
  return at.text.replace(/\s*\{.*$/s, '');
}
