/**
 * `struct xfrm_userpolicy_id` (linux/xfrm.h): what names a policy, its index or, where that is 0, its
 * selector.
 *
 *   0  selector, 56 octets
 *  56  index                       in host order
 *  60  direction                   octet; three octets of nothing follow
 *
 * @module
 */
import { hostU32, setHostU32 } from '../octets/host.ts';
import { setU8, u8 } from '../octets/octets.ts';
import type { XfrmPolicyId } from './xfrm-policy.ts';
import { emitXfrmSelector, parseXfrmSelector } from './xfrm-selector.ts';

const SELECTOR = 0;
const INDEX = 56;
const DIRECTION = 60;

export const XFRM_POLICY_ID_LENGTH = 64;

/** Reads the {@link XFRM_POLICY_ID_LENGTH} octets at `at`, which must be there. */
export function parseXfrmPolicyId(
  octets: Uint8Array,
  at: number,
): XfrmPolicyId & { readonly index: number } {
  return {
    selector: parseXfrmSelector(octets, at + SELECTOR),
    index: hostU32(octets, at + INDEX),
    direction: u8(octets, at + DIRECTION),
  };
}

/** Writes the name of a policy; `index` 0 leaves it to the selector. */
export function emitXfrmPolicyId({ selector, direction }: XfrmPolicyId, index: number): Uint8Array {
  const octets = new Uint8Array(XFRM_POLICY_ID_LENGTH);
  emitXfrmSelector(selector, octets, SELECTOR);
  setHostU32(octets, INDEX, index);
  setU8(octets, DIRECTION, direction);
  return octets;
}
