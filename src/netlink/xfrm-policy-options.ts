/**
 * What few policies have, each in an attribute of its own (linux/xfrm.h): those of
 * `xfrm-sa-options.ts` that policies have, too.
 *
 * @module
 */
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { type Attribute, octetsAttribute, u32Attribute } from './attribute.ts';
import { type XfrmAttributes, xfrmOptional, xfrmU32 } from './xfrm-attributes.ts';
import { XFRMA } from './xfrm-constants.ts';
import { emitXfrmMark, parseXfrmMark, type XfrmMark } from './xfrm-mark.ts';
import { emitXfrmOffload, parseXfrmOffload, type XfrmOffload } from './xfrm-offload.ts';
import {
  emitXfrmSecurityContext,
  parseXfrmSecurityContext,
  type XfrmSecurityContext,
} from './xfrm-security-context.ts';

export interface XfrmPolicyOptions {
  readonly securityContext: XfrmSecurityContext | null;
  /** The policy is for packets so marked, and found only by that. */
  readonly mark: XfrmMark | null;
  /** The number of the XFRM interface that the policy belongs to; 0 for none. */
  readonly interfaceId: number;
  /** The device that looks the policy up (Linux 6.2). */
  readonly offload: XfrmOffload | null;
}

/** None of them. */
export const XFRM_NO_POLICY_OPTIONS: XfrmPolicyOptions = {
  securityContext: null,
  mark: null,
  interfaceId: 0,
  offload: null,
};

/** Finds them among the attributes of a policy. */
export function parseXfrmPolicyOptions(attributes: XfrmAttributes): Parsed<XfrmPolicyOptions> {
  const securityContext = xfrmOptional(attributes, XFRMA.SEC_CTX, parseXfrmSecurityContext);
  if (securityContext instanceof Malformed) return securityContext;
  return {
    securityContext,
    mark: xfrmOptional(attributes, XFRMA.MARK, parseXfrmMark),
    interfaceId: xfrmU32(attributes, XFRMA.IF_ID, 0),
    offload: xfrmOptional(attributes, XFRMA.OFFLOAD_DEV, parseXfrmOffload),
  };
}

/** The attributes of those that are there. */
export function emitXfrmPolicyOptions(options: XfrmPolicyOptions): Attribute[] {
  const { securityContext, mark, interfaceId, offload } = options;
  const attributes: Attribute[] = [];
  if (securityContext !== null) {
    attributes.push(octetsAttribute(XFRMA.SEC_CTX, emitXfrmSecurityContext(securityContext)));
  }
  if (mark !== null) attributes.push(octetsAttribute(XFRMA.MARK, emitXfrmMark(mark)));
  if (interfaceId !== 0) attributes.push(u32Attribute(XFRMA.IF_ID, interfaceId));
  if (offload !== null) {
    attributes.push(octetsAttribute(XFRMA.OFFLOAD_DEV, emitXfrmOffload(offload)));
  }
  return attributes;
}
