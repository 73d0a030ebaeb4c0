/**
 * A phase 1 that is established: what all exchanges under it need, and nothing that served to come here.
 *
 * @module
 */
import type { Agreement, Phase1Keys, Phase1Result } from './phase1/negotiation.ts';

/** Times are in milliseconds, of the clock that comes in. */
export interface Established extends Pick<Phase1Result, 'nat' | 'authenticated'> {
  readonly agreement: Pick<Agreement, 'peer' | 'transform' | 'capabilities'>;
  readonly keys: Pick<Phase1Keys, 'hash' | 'family' | 'cipher'>;
  /** What the IVs of the exchanges under it come of (RFC 2409 Appendix B). */
  readonly lastBlock: Uint8Array;
  /** The peer's identity, as text. */
  readonly remoteIdentity: string;
  readonly at: number;
  /** When it is time for another one. */
  readonly dyingAt: number;
  readonly expiresAt: number;
}

/** Of its lifetime, how much passes before another phase 1 is begun: as racoon has it. */
export const SOFT_SHARE = 0.8;

/** What `result` is from `now` on. */
export function establishedAt(
  { agreement, keys, nat, authenticated }: Phase1Result,
  lastBlock: Uint8Array,
  remoteIdentity: string,
  now: number,
): Established {
  const { peer, transform, capabilities } = agreement;
  const { hash, family, cipher } = keys;
  const lifetime = transform.lifetimeSeconds * 1000;
  return {
    agreement: { peer, transform, capabilities },
    keys: { hash, family, cipher },
    nat,
    authenticated,
    lastBlock,
    remoteIdentity,
    at: now,
    dyingAt: now + lifetime * SOFT_SHARE,
    expiresAt: now + lifetime,
  };
}
