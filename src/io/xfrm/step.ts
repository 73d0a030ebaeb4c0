/**
 * One request of a commit and how to take it back.
 *
 * @module
 */
import type { NetlinkRequest } from '../../netlink/nlmsg.ts';

export interface Step {
  readonly request: NetlinkRequest;
  /** In their order; `null` for what cannot be brought back. */
  readonly undo: readonly (NetlinkRequest | null)[];
  /** The change that asks for it, counted from 0. */
  readonly index: number;
}

/** Overwrites the requests of `step`, which may hold keys. */
export function forgetStep({ request, undo }: Step): void {
  for (const one of [request, ...undo]) one?.payload.fill(0);
}
