/**
 * That SAs are wanted for some traffic.
 *
 * @module
 */
import type { Policy } from '../ipsec/policy.ts';
import { type Selector, selectorKey } from '../ipsec/selector.ts';
import { type IpAddress, sameAddress } from '../net/ip-address.ts';

export interface ChildRequest {
  /** The outbound entry of the SPD that is to be served. */
  readonly policy: Policy;
  /** Of the packet that waits; `null` when none does. */
  readonly packet: Selector | null;
  /** The ends of IKE. */
  readonly local: IpAddress;
  readonly remote: IpAddress;
}

/** Whether both ask for SAs of one policy with one peer. */
export function isSameRequest(a: ChildRequest, b: ChildRequest): boolean {
  return (
    sameAddress(a.remote, b.remote) &&
    sameAddress(a.local, b.local) &&
    selectorKey(a.policy.selector) === selectorKey(b.policy.selector)
  );
}
