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
import { type Attribute, attributesBehind, octetsAttribute } from './attribute.ts';
import { parseXfrmAttributes, type XfrmAttributes, xfrmU8 } from './xfrm-attributes.ts';
import { XFRM_POLICY_TYPE, XFRM_SHARE, XFRMA } from './xfrm-constants.ts';
import {
  emitXfrmLimits,
  parseXfrmLimits,
  parseXfrmUsage,
  type XfrmLimits,
  type XfrmUsage,
} from './xfrm-lifetime.ts';
import {
  emitXfrmPolicyOptions,
  parseXfrmPolicyOptions,
  XFRM_NO_POLICY_OPTIONS,
  type XfrmPolicyOptions,
} from './xfrm-policy-options.ts';
import { emitXfrmSelector, parseXfrmSelector, type XfrmSelector } from './xfrm-selector.ts';
import { emitXfrmTemplates, parseXfrmTemplates, type XfrmTemplate } from './xfrm-template.ts';

const SELECTOR = 0;
const LIMITS = 56;
const USAGE = 120;
const PRIORITY = 152;
const INDEX = 156;
const DIRECTION = 160;
const ACTION = 161;
const FLAGS = 162;
const SHARE = 163;

export const XFRM_POLICY_LENGTH = 168;

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
  /** Of XFRM_POLICY_TYPE. */
  readonly type: number;
  /** Of XFRM_POLICY_FLAG. */
  readonly flags: number;
  /** Of XFRM_SHARE; Linux keeps it and makes no use of it. */
  readonly share: number;
  readonly options: XfrmPolicyOptions;
}

/** What the kernel finds a policy by where that is not its index. */
export type XfrmPolicyName = XfrmPolicyId & Partial<Pick<XfrmNewPolicy, 'options'>>;

/** What most new policies have of all that. */
export const XFRM_PLAIN_POLICY: Pick<XfrmNewPolicy, 'type' | 'flags' | 'share' | 'options'> = {
  type: XFRM_POLICY_TYPE.MAIN,
  flags: 0,
  share: XFRM_SHARE.ANY,
  options: XFRM_NO_POLICY_OPTIONS,
};

/** A policy that the kernel has. */
export interface XfrmPolicy extends XfrmNewPolicy {
  readonly index: number;
  readonly usage: XfrmUsage;
  /** As in `options`, but as attributes, without which the kernel does not find the policy that has them. */
  readonly scope: readonly Attribute[];
}

/** Reads the payload of an XFRM_MSG_NEWPOLICY from the kernel; skips attributes it does not know. */
export function parseXfrmPolicy(payload: Uint8Array): Parsed<XfrmPolicy> {
  if (payload.length < XFRM_POLICY_LENGTH) {
    return Malformed.truncated('xfrm policy', XFRM_POLICY_LENGTH, payload.length);
  }
  const attributes = parseXfrmAttributes(payload.subarray(XFRM_POLICY_LENGTH));
  return attributes instanceof Malformed ? attributes : parseXfrmPolicyInfo(payload, attributes);
}

/** Reads of the payload of an XFRM_MSG_NEWPOLICY what names the policy: quick, where most are not looked at. */
export function parseXfrmPolicyName(payload: Uint8Array): Parsed<XfrmPolicyId> {
  if (payload.length < XFRM_POLICY_LENGTH) {
    return Malformed.truncated('xfrm policy', XFRM_POLICY_LENGTH, payload.length);
  }
  return { selector: parseXfrmSelector(payload, SELECTOR), direction: u8(payload, DIRECTION) };
}

/** Reads a `struct xfrm_userpolicy_info`, which must be whole, whose attributes stand elsewhere. */
export function parseXfrmPolicyInfo(
  info: Uint8Array,
  attributes: XfrmAttributes,
): Parsed<XfrmPolicy> {
  const templates = parseXfrmTemplates(attributes.get(XFRMA.TMPL) ?? new Uint8Array(0));
  if (templates instanceof Malformed) return templates;
  const options = parseXfrmPolicyOptions(attributes);
  if (options instanceof Malformed) return options;
  return {
    selector: parseXfrmSelector(info, SELECTOR),
    limits: parseXfrmLimits(info, LIMITS),
    usage: parseXfrmUsage(info, USAGE),
    priority: hostU32(info, PRIORITY),
    index: hostU32(info, INDEX),
    direction: u8(info, DIRECTION),
    action: u8(info, ACTION),
    flags: u8(info, FLAGS),
    share: u8(info, SHARE),
    templates,
    type: xfrmU8(attributes, XFRMA.POLICY_TYPE),
    options,
    scope: [XFRMA.MARK, XFRMA.IF_ID].flatMap((name) => {
      const value = attributes.get(name);
      return value === undefined ? [] : [octetsAttribute(name, value)];
    }),
  };
}

/** The payload of an XFRM_MSG_NEWPOLICY or XFRM_MSG_UPDPOLICY that puts `policy` in force. */
export function emitXfrmPolicy(policy: XfrmNewPolicy): Uint8Array {
  const { templates, type, options } = policy;
  const payload = attributesBehind(XFRM_POLICY_LENGTH, [
    ...(templates.length === 0 ? [] : [octetsAttribute(XFRMA.TMPL, emitXfrmTemplates(templates))]),
    ...emitXfrmPolicyType(type),
    ...emitXfrmPolicyOptions(options),
  ]);
  emitXfrmSelector(policy.selector, payload, SELECTOR);
  emitXfrmLimits(policy.limits, payload, LIMITS);
  setHostU32(payload, PRIORITY, policy.priority);
  setU8(payload, DIRECTION, policy.direction);
  setU8(payload, ACTION, policy.action);
  setU8(payload, FLAGS, policy.flags);
  setU8(payload, SHARE, policy.share);
  return payload;
}

/** The attribute of a type other than the usual. */
export function emitXfrmPolicyType(type: number): Attribute[] {
  if (type === XFRM_POLICY_TYPE.MAIN) return [];
  const octets = new Uint8Array(TYPE_LENGTH);
  setU8(octets, 0, type);
  return [octetsAttribute(XFRMA.POLICY_TYPE, octets)];
}

/** `struct xfrm_userpolicy_type`: the octet is the first, and nothing follows. */
const TYPE_LENGTH = 6;
