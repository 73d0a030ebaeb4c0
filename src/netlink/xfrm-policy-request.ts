/**
 * What is asked of the kernel about policies (linux/xfrm.h).
 *
 * The kernel keeps one policy for each type, direction, selector, mark, interface and security
 * context, whatever its priority.
 *
 * @module
 */
import { type NetlinkRequest, NLM_F, netlinkRequest } from './nlmsg.ts';
import { XFRM_MSG, XFRM_POLICY_TYPE } from './xfrm-constants.ts';
import {
  emitXfrmPolicy,
  emitXfrmPolicyType,
  type XfrmNewPolicy,
  type XfrmPolicy,
  type XfrmPolicyId,
} from './xfrm-policy.ts';
import { emitXfrmPolicyId } from './xfrm-policy-id.ts';
import { XFRM_ANY_SELECTOR } from './xfrm-selector.ts';

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
  return netlinkRequest(XFRM_MSG.DELPOLICY, NLM_F.ACK, [emitXfrmPolicyId(policy, 0)]);
}

/** Deletes `policy`, that the kernel told of, and no other. */
export function deleteKnownXfrmPolicy(policy: XfrmPolicy): NetlinkRequest {
  return netlinkRequest(XFRM_MSG.DELPOLICY, NLM_F.ACK, [
    emitXfrmPolicyId(policy, policy.index),
    ...policy.scope,
    ...emitXfrmPolicyType(policy.type),
  ]);
}

/** What the kernel finds a policy by, other than its selector. */
export type XfrmPolicyHandle = Pick<XfrmPolicy, 'direction' | 'index' | 'scope' | 'type'>;

/** Asks for the policy of that index; the kernel answers with an XFRM_MSG_NEWPOLICY. */
export function queryXfrmPolicy(handle: XfrmPolicyHandle): NetlinkRequest {
  const { direction, index, scope, type } = handle;
  return netlinkRequest(XFRM_MSG.GETPOLICY, 0, [
    emitXfrmPolicyId({ direction, selector: XFRM_ANY_SELECTOR }, index),
    ...scope,
    ...emitXfrmPolicyType(type),
  ]);
}

/** Deletes every policy of a type, but for those of single sockets. */
export function flushXfrmPolicies(type: number = XFRM_POLICY_TYPE.MAIN): NetlinkRequest {
  return netlinkRequest(XFRM_MSG.FLUSHPOLICY, NLM_F.ACK, emitXfrmPolicyType(type));
}

/** Asks for every policy, those of single sockets included. */
export function dumpXfrmPolicies(): NetlinkRequest {
  return netlinkRequest(XFRM_MSG.GETPOLICY, NLM_F.DUMP, []);
}
