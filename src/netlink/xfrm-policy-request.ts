/**
 * What is asked of the kernel about policies (linux/xfrm.h).
 *
 * `struct xfrm_userpolicy_id` names one, by its index or, where that is 0, by its selector:
 *
 *   0  selector, 56 octets
 *  56  index
 *  60  direction                   octet; three octets of nothing follow
 *
 * The kernel keeps one policy for each direction and selector, whatever its priority.
 *
 * @module
 */
import { setHostU32 } from '../octets/host.ts';
import { setU8 } from '../octets/octets.ts';
import { type NetlinkRequest, NLM_F, netlinkRequest } from './nlmsg.ts';
import { XFRM_MSG } from './xfrm-constants.ts';
import {
  emitXfrmPolicy,
  type XfrmNewPolicy,
  type XfrmPolicy,
  type XfrmPolicyId,
} from './xfrm-policy.ts';
import { emitXfrmSelector } from './xfrm-selector.ts';

const SELECTOR = 0;
const INDEX = 56;
const DIRECTION = 60;
const ID_LENGTH = 64;

/** Adds `policy`; refused when there is one of the same direction and selector. */
export function newXfrmPolicy(policy: XfrmNewPolicy): NetlinkRequest {
  return reviveXfrmPolicy(emitXfrmPolicy(policy));
}

/** Puts `policy` in force in one step, in the place of one of the same direction and selector. */
export function updateXfrmPolicy(policy: XfrmNewPolicy): NetlinkRequest {
  return restoreXfrmPolicy(emitXfrmPolicy(policy));
}

/** Adds again what an XFRM_MSG_NEWPOLICY of the kernel told of in `payload`, index and all. */
export function reviveXfrmPolicy(payload: Uint8Array): NetlinkRequest {
  const flags = NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL;
  return { type: XFRM_MSG.NEWPOLICY, flags, payload };
}

/** As {@link reviveXfrmPolicy}, in the place of one of the same direction and selector. */
export function restoreXfrmPolicy(payload: Uint8Array): NetlinkRequest {
  const flags = NLM_F.ACK | NLM_F.CREATE | NLM_F.REPLACE;
  return { type: XFRM_MSG.UPDPOLICY, flags, payload };
}

/** Deletes the policy with the direction and selector of `policy`. */
export function deleteXfrmPolicy(policy: XfrmPolicyId): NetlinkRequest {
  return netlinkRequest(XFRM_MSG.DELPOLICY, NLM_F.ACK, [emitId(policy, 0)]);
}

/** Deletes `policy`, that the kernel told of, and no other. */
export function deleteKnownXfrmPolicy(policy: XfrmPolicy): NetlinkRequest {
  const parts = [emitId(policy, policy.index), ...policy.scope];
  return netlinkRequest(XFRM_MSG.DELPOLICY, NLM_F.ACK, parts);
}

/** Asks for every policy, those of single sockets included. */
export function dumpXfrmPolicies(): NetlinkRequest {
  return netlinkRequest(XFRM_MSG.GETPOLICY, NLM_F.DUMP, []);
}

function emitId({ selector, direction }: XfrmPolicyId, index: number): Uint8Array {
  const octets = new Uint8Array(ID_LENGTH);
  emitXfrmSelector(selector, octets, SELECTOR);
  setHostU32(octets, INDEX, index);
  setU8(octets, DIRECTION, direction);
  return octets;
}
