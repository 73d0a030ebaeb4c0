/**
 * That SAs are wanted for some traffic.
 *
 * @module
 */
import type { Policy } from '../ipsec/policy.ts';
import { type Selector, selectorKey } from '../ipsec/selector.ts';
import { type Ends, sameEnds } from './path.ts';

/** Between the ends of IKE. */
export interface ChildRequest extends Ends {
  /** The outbound entry of the SPD that is to be served. */
  readonly policy: Policy;
  /** Of the packet that waits; `null` when none does. */
  readonly packet: Selector | null;
  /** Whom it is wanted of, where there are several at the address; `null` when that does not matter. */
  readonly peerIdentity: string | null;
}

/** Whether both ask for SAs of one policy with one peer. */
export function isSameRequest(a: ChildRequest, b: ChildRequest): boolean {
  return sameEnds(a, b) && selectorKey(a.policy.selector) === selectorKey(b.policy.selector);
}
