/**
 * A file of a racoon.conf as its rules see it: the peers that it describes, whose values may come from
 * other files that it includes or inherits from.
 *
 * @module
 */
import type { Origin } from '../../../ike/origin.ts';
import type { Peer } from '../../../ike/peer.ts';
import type { RacoonConfiguration } from '../../racoon/configuration.ts';
import type { SourceText, Span } from '../../source.ts';

export class CheckedRacoon {
  readonly #source: SourceText;
  /** The peers that this file describes. */
  readonly peers: readonly Peer[];

  constructor(source: SourceText, { ike }: RacoonConfiguration) {
    this.#source = source;
    this.peers = ike.peers.filter(({ at }) => at.file === source.name);
  }

  /** Where the statement `name` of `peer` stands, or where the peer does when it is in another file. */
  spanOf(peer: Peer, name: string): Span {
    const origin = peer.origins.get(name);
    return this.#spanAt(origin?.file === this.#source.name ? origin : peer.at);
  }

  #spanAt({ line, column, text }: Origin): Span {
    const start = this.#source.offset(line, column);
    return { start, end: start + text.length };
  }
}

/** `peer 10.9.0.2`, as a message names it. */
export function nameOf({ at }: Peer): string {
  return at.text.replace(/\s*\{.*$/s, '');
}
