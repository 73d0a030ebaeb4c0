/**
 * A phase 1 that is established: what all exchanges under it need.
 *
 * @module
 */
import type { Phase1Result } from './phase1/negotiation.ts';

/** Times are in milliseconds, of the clock that comes in. */
export interface Established extends Phase1Result {
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
  result: Phase1Result,
  lastBlock: Uint8Array,
  remoteIdentity: string,
  now: number,
): Established {
  const lifetime = result.agreement.transform.lifetimeSeconds * 1000;
  return {
    ...result,
    lastBlock,
    remoteIdentity,
    at: now,
    dyingAt: now + lifetime * SOFT_SHARE,
    expiresAt: now + lifetime,
  };
}
