/**
 * What the kernel tells of SAs and policies that are no more (linux/xfrm.h). The name comes first,
 * and what it was the name of is an attribute beside its own attributes:
 *
 *      XFRM_MSG_DELSA             XFRM_MSG_DELPOLICY
 *   0  name, 24 octets            name, 64 octets
 *  24  XFRMA_SA, others
 *  64                             XFRMA_POLICY, others
 *
 *      XFRM_MSG_FLUSHSA           XFRM_MSG_FLUSHPOLICY
 *   0  protocol, an octet         XFRMA_POLICY_TYPE
 *
 * @module
 */
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { u8 } from '../octets/octets.ts';
import { parseXfrmAttributes, xfrmU8 } from './xfrm-attributes.ts';
import { XFRMA } from './xfrm-constants.ts';
import { parseXfrmPolicyInfo, type XfrmPolicy } from './xfrm-policy.ts';
import { XFRM_POLICY_ID_LENGTH } from './xfrm-policy-id.ts';
import { parseXfrmSaInfo, type XfrmSa } from './xfrm-sa.ts';
import { XFRM_SA_ID_LENGTH } from './xfrm-sa-id.ts';

/** Reads the payload of an XFRM_MSG_DELSA from the kernel: the SA as it was, keys and all. */
export function parseDeletedXfrmSa(payload: Uint8Array): Parsed<XfrmSa> {
  if (payload.length < XFRM_SA_ID_LENGTH) {
    return Malformed.truncated('xfrm deletion of an SA', XFRM_SA_ID_LENGTH, payload.length);
  }
  const attributes = parseXfrmAttributes(payload.subarray(XFRM_SA_ID_LENGTH));
  if (attributes instanceof Malformed) return attributes;
  const info = attributes.get(XFRMA.SA);
  if (info === undefined) return new Malformed('xfrm deletion of an SA', 'does not tell the SA');
  return parseXfrmSaInfo(info, attributes);
}

/** Reads the payload of an XFRM_MSG_DELPOLICY from the kernel: the policy as it was. */
export function parseDeletedXfrmPolicy(payload: Uint8Array): Parsed<XfrmPolicy> {
  if (payload.length < XFRM_POLICY_ID_LENGTH) {
    return Malformed.truncated('xfrm deletion of a policy', XFRM_POLICY_ID_LENGTH, payload.length);
  }
  const attributes = parseXfrmAttributes(payload.subarray(XFRM_POLICY_ID_LENGTH));
  if (attributes instanceof Malformed) return attributes;
  const info = attributes.get(XFRMA.POLICY);
  if (info === undefined) {
    return new Malformed('xfrm deletion of a policy', 'does not tell the policy');
  }
  return parseXfrmPolicyInfo(info, attributes);
}

/** Reads the payload of an XFRM_MSG_FLUSHSA: the protocol, or IPSEC_PROTO_ANY. */
export function parseFlushedXfrmSas(payload: Uint8Array): Parsed<number> {
  return payload.length < 1 ? Malformed.truncated('xfrm flush of SAs', 1, 0) : u8(payload, 0);
}

/** Reads the payload of an XFRM_MSG_FLUSHPOLICY: of XFRM_POLICY_TYPE. */
export function parseFlushedXfrmPolicies(payload: Uint8Array): Parsed<number> {
  const attributes = parseXfrmAttributes(payload);
  return attributes instanceof Malformed ? attributes : xfrmU8(attributes, XFRMA.POLICY_TYPE);
}
