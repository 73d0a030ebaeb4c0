/**
 * Policies as the kernel tells and takes them: `struct xfrm_userpolicy_info` and attributes
 * (linux/xfrm.h).
 *
 *   0  selector, 56 octets
 *  56  limits, 64 octets
 * 120  usage, 32 octets
 * 152  priority                    the lower number is looked at first
 * 156  index                       the kernel's own number; its low three bits are the direction
 * 160  direction                   octet
 * 161  action                      octet
 * 162  flags                       octet
 * 163  share                       octet; four octets of nothing follow
 *
 * What is asked of the kernel about policies is `xfrm-policy-request.ts`.
 *
 * @module
 */
import { hostU32, setHostU32 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { setU8, u8 } from '../octets/octets.ts';
import { type Attribute, concatenate, octetsAttribute, parseAttributes } from './attribute.ts';
import { XFRM_POLICY_TYPE, XFRMA } from './xfrm-constants.ts';
import {
  emitXfrmLimits,
  parseXfrmLimits,
  parseXfrmUsage,
  type XfrmLimits,
  type XfrmUsage,
} from './xfrm-lifetime.ts';
import { emitXfrmSelector, parseXfrmSelector, type XfrmSelector } from './xfrm-selector.ts';
import { emitXfrmTemplates, parseXfrmTemplates, type XfrmTemplate } from './xfrm-template.ts';

const SELECTOR = 0;
const LIMITS = 56;
const USAGE = 120;
const PRIORITY = 152;
const INDEX = 156;
const DIRECTION = 160;
const ACTION = 161;
const LENGTH = 168;

/** What names a policy. */
export interface XfrmPolicyId {
  readonly direction: number;
  readonly selector: XfrmSelector;
}

/** A policy to be added. */
export interface XfrmNewPolicy extends XfrmPolicyId {
  readonly limits: XfrmLimits;
  readonly priority: number;
  readonly action: number;
  /** Innermost first. */
  readonly templates: readonly XfrmTemplate[];
}

/** A policy that the kernel has. */
export interface XfrmPolicy extends XfrmNewPolicy {
  readonly index: number;
  readonly usage: XfrmUsage;
  /** Of XFRM_POLICY_TYPE. */
  readonly type: number;
  /** Attributes without which the kernel does not find the policy that has them. */
  readonly scope: readonly Attribute[];
}

/** Reads the payload of an XFRM_MSG_NEWPOLICY from the kernel; skips attributes it does not know. */
export function parseXfrmPolicy(payload: Uint8Array): Parsed<XfrmPolicy> {
  if (payload.length < LENGTH) return Malformed.truncated('xfrm policy', LENGTH, payload.length);
  const attributes = parseAttributes(payload.subarray(LENGTH));
  if (attributes instanceof Malformed) return attributes;
  const templates = parseXfrmTemplates(attributes.get(XFRMA.TMPL) ?? new Uint8Array(0));
  if (templates instanceof Malformed) return templates;
  const type = attributes.get(XFRMA.POLICY_TYPE);
  return {
    selector: parseXfrmSelector(payload, SELECTOR),
    limits: parseXfrmLimits(payload, LIMITS),
    usage: parseXfrmUsage(payload, USAGE),
    priority: hostU32(payload, PRIORITY),
    index: hostU32(payload, INDEX),
    direction: u8(payload, DIRECTION),
    action: u8(payload, ACTION),
    templates,
    type: type === undefined || type.length === 0 ? XFRM_POLICY_TYPE.MAIN : u8(type, 0),
    scope: [XFRMA.MARK, XFRMA.IF_ID].flatMap((name) => {
      const value = attributes.get(name);
      return value === undefined ? [] : [octetsAttribute(name, value)];
    }),
  };
}

/** The payload of an XFRM_MSG_NEWPOLICY or XFRM_MSG_UPDPOLICY that puts `policy` in force. */
export function emitXfrmPolicy(policy: XfrmNewPolicy): Uint8Array {
  const header = new Uint8Array(LENGTH);
  emitXfrmSelector(policy.selector, header, SELECTOR);
  emitXfrmLimits(policy.limits, header, LIMITS);
  setHostU32(header, PRIORITY, policy.priority);
  setU8(header, DIRECTION, policy.direction);
  setU8(header, ACTION, policy.action);
  if (policy.templates.length === 0) return header;
  return concatenate([header, octetsAttribute(XFRMA.TMPL, emitXfrmTemplates(policy.templates))]);
}
