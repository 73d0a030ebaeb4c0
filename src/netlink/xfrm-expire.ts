/**
 * The ends of lifetimes (linux/xfrm.h): `struct xfrm_user_expire` and `struct xfrm_user_polexpire`.
 *
 *      xfrm_user_expire           xfrm_user_polexpire
 *   0  an SA, 224 octets          a policy, 168 octets
 * 168                             hard, an octet; seven of nothing follow
 * 224  hard, an octet; seven of nothing follow
 *
 * Attributes follow. Of an SA they do not tell keys.
 *
 * @module
 */
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { u8 } from '../octets/octets.ts';
import { parseXfrmAttributes } from './xfrm-attributes.ts';
import { parseXfrmPolicyInfo, XFRM_POLICY_LENGTH, type XfrmPolicy } from './xfrm-policy.ts';
import { parseXfrmSaInfo, XFRM_SA_LENGTH, type XfrmSa } from './xfrm-sa.ts';

/** Octets behind the SA or the policy. */
const HARD_LENGTH = 8;

/** An SA that has reached a limit. */
export interface XfrmExpiredSa {
  /** Without algorithms, which are not told. */
  readonly sa: XfrmSa;
  /** The SA is gone; otherwise the limit was the soft one. */
  readonly hard: boolean;
}

/** A policy that has reached a limit. */
export interface XfrmExpiredPolicy {
  readonly policy: XfrmPolicy;
  /** The policy is gone; otherwise the limit was the soft one. */
  readonly hard: boolean;
}

/** Reads the payload of an XFRM_MSG_EXPIRE. */
export function parseXfrmExpiredSa(payload: Uint8Array): Parsed<XfrmExpiredSa> {
  const needed = XFRM_SA_LENGTH + HARD_LENGTH;
  if (payload.length < needed) {
    return Malformed.truncated('xfrm expiry of an SA', needed, payload.length);
  }
  const attributes = parseXfrmAttributes(payload.subarray(needed));
  if (attributes instanceof Malformed) return attributes;
  const sa = parseXfrmSaInfo(payload, attributes);
  return sa instanceof Malformed ? sa : { sa, hard: u8(payload, XFRM_SA_LENGTH) !== 0 };
}

/** Reads the payload of an XFRM_MSG_POLEXPIRE. */
export function parseXfrmExpiredPolicy(payload: Uint8Array): Parsed<XfrmExpiredPolicy> {
  const needed = XFRM_POLICY_LENGTH + HARD_LENGTH;
  if (payload.length < needed) {
    return Malformed.truncated('xfrm expiry of a policy', needed, payload.length);
  }
  const attributes = parseXfrmAttributes(payload.subarray(needed));
  if (attributes instanceof Malformed) return attributes;
  const policy = parseXfrmPolicyInfo(payload, attributes);
  if (policy instanceof Malformed) return policy;
  return { policy, hard: u8(payload, XFRM_POLICY_LENGTH) !== 0 };
}
