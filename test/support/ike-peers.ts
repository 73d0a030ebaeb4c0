/**
 * Peers for tests, out of the language that people write them in.
 *
 * @module
 */
import { readRacoon } from '../../src/config/racoon/read.ts';
import type { IkeConfiguration } from '../../src/ike/configuration.ts';
import type { Peer, Phase1Transform } from '../../src/ike/peer.ts';

/** What `text` configures; throws where it has mistakes. */
export function ikeOf(text: string): IkeConfiguration {
  const { configuration, diagnostics } = readRacoon({ name: 'racoon.conf', text });
  if (configuration === null) throw new TypeError(diagnostics.map((it) => it.message).join('; '));
  return configuration.ike;
}

/** The `remote`s of `text`, in its order. */
export function peersOf(text: string): readonly Peer[] {
  return ikeOf(text).peers;
}

/** The only `remote` of `text`. */
export function peerOf(text: string): Peer {
  const [peer, ...others] = peersOf(text);
  if (peer === undefined || others.length > 0) throw new TypeError('It is not one remote');
  return peer;
}

/**
 * Transforms, one for each of `proposals`: `aes 256, sha256, pre_shared_key, 14` and, if it is to be
 * another than of eight hours, a lifetime in seconds.
 */
export function transformsOf(...proposals: readonly string[]): readonly Phase1Transform[] {
  const text = proposals.map(proposalText).join('\n');
  return peerOf(`remote anonymous {\nexchange_mode main;\n${text}\n}`).transforms;
}

/** `proposal { … }` of what {@link transformsOf} takes. */
export function proposalText(proposal: string): string {
  const [encryption, hash, method, group, seconds] = proposal.split(',').map((it) => it.trim());
  const lifetime = seconds === undefined ? '' : `lifetime time ${seconds} sec; `;
  return (
    `proposal { ${lifetime}encryption_algorithm ${encryption}; hash_algorithm ${hash}; ` +
    `authentication_method ${method}; dh_group ${group}; }`
  );
}
