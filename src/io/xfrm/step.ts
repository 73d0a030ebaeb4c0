/**
 * One request of a commit and how to take it back.
 *
 * @module
 */
import type { NetlinkRequest } from '../../netlink/nlmsg.ts';

/**
 * What a step does to the packets that pass in the clear, whatever else the SPD holds:
 *
 * - `opens`: none that passed is stopped by it;
 * - `closes`: none that was stopped passes by it; so do SAs that are added;
 * - `removes-sas`: none of both, but what is brought back has missed the packets in between.
 */
export type Effect = 'opens' | 'closes' | 'removes-sas';

export interface Step {
  /** Made when it is sent, since it may hold keys. */
  readonly request: () => NetlinkRequest;
  /** In their order; `null` for what cannot be brought back. Does nothing to what is as before. */
  readonly undo: () => readonly (NetlinkRequest | null)[];
  readonly effect: Effect;
  /** The change that asks for it, counted from 0. */
  readonly index: number;
}
