/**
 * SAs and policies as the kernel takes them. They make sense (`ipsec/validity.ts`); what the kernel
 * has no words for is refused here, before anything is asked of it.
 *
 *     policy       local           remote            template, the sending end first
 *     outbound     source          destination       local,  remote
 *     inbound      destination     source            remote, local
 *     forward      destination     source            remote, local
 *
 * @module
 */
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../../crypto/algorithm.ts';
import { ChangeRefused } from '../../ipsec/backend.ts';
import type { IpsecProtocol, Mode, Policy, Template } from '../../ipsec/policy.ts';
import type { SaId, SaParameters } from '../../ipsec/sa-parameters.ts';
import type { Direction, Selector } from '../../ipsec/selector.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import { formatPortRange, type PortRange } from '../../net/port-range.ts';
import type { Prefix } from '../../net/prefix.ts';
import { emitXfrmAddress, XFRM_ANY_ADDRESS, XFRM_FAMILY } from '../../netlink/xfrm-address.ts';
import type { XfrmAlgorithm, XfrmIcvAlgorithm } from '../../netlink/xfrm-algorithm.ts';
import {
  XFRM_MODE,
  XFRM_POLICY,
  XFRM_POLICY_ACTION,
  XFRM_STATE,
} from '../../netlink/xfrm-constants.ts';
import { XFRM_INF, XFRM_UNLIMITED, type XfrmLimits } from '../../netlink/xfrm-lifetime.ts';
import {
  XFRM_PLAIN_POLICY,
  type XfrmNewPolicy,
  type XfrmPolicyId,
} from '../../netlink/xfrm-policy.ts';
import { XFRM_PLAIN_SA, type XfrmNewSa, type XfrmSaId } from '../../netlink/xfrm-sa.ts';
import {
  XFRM_ANY_SELECTOR,
  type XfrmSelector,
  type XfrmSelectorEnd,
} from '../../netlink/xfrm-selector.ts';
import { XFRM_PLAIN_TEMPLATE, type XfrmTemplate } from '../../netlink/xfrm-template.ts';
import { isKnownAlgorithm } from './foreign-algorithm.ts';
import { maskedPort } from './port-mask.ts';

const PROTOCOLS: Readonly<Record<IpsecProtocol, number>> = {
  esp: IP_PROTOCOL.esp,
  ah: IP_PROTOCOL.ah,
  ipcomp: IP_PROTOCOL.ipcomp,
};

const MODES: Readonly<Record<Mode, number>> = {
  transport: XFRM_MODE.TRANSPORT,
  tunnel: XFRM_MODE.TUNNEL,
};

const DIRECTIONS: Readonly<Record<Direction, number>> = {
  inbound: XFRM_POLICY.IN,
  outbound: XFRM_POLICY.OUT,
  forward: XFRM_POLICY.FWD,
};

/** The number of `protocol` among IP's. */
export function protocolToKernel(protocol: IpsecProtocol): number {
  return PROTOCOLS[protocol];
}

export function saIdToKernel({ destination, protocol, spi }: SaId): XfrmSaId {
  return {
    destination: emitXfrmAddress(destination),
    family: XFRM_FAMILY[destination.version],
    spi,
    protocol: PROTOCOLS[protocol],
  };
}

/**
 * The SA of change `index`. Its keys are views into the Secrets. Throws `ChangeRefused` for what
 * the kernel cannot hold.
 */
export function saToKernel(sa: SaParameters, index: number): XfrmNewSa {
  return {
    ...XFRM_PLAIN_SA,
    ...saIdToKernel(sa),
    source: emitXfrmAddress(sa.source),
    selector: XFRM_ANY_SELECTOR,
    limits: limitsToKernel(sa),
    reqid: sa.reqid,
    mode: MODES[sa.mode],
    flags: flagsToKernel(sa),
    replayWindow: sa.replayWindow,
    ...encryptionToKernel(sa, index),
    integrity: sa.integrity && integrityToKernel(sa.integrity, index),
  };
}

function flagsToKernel({ mode, protocol, destination, integrity }: SaParameters): number {
  // A tunnel carries both IP versions; without the flag, only that of its ends.
  const tunnel = mode === 'tunnel' ? XFRM_STATE.AF_UNSPEC : 0;
  // RFC 4302 §2.2. Only said where it makes a difference, as it does for an ICV of 128 bits.
  const unaligned = (AH_FIXED_LENGTH + (integrity?.icvLength ?? 0)) % 8 !== 0;
  const align = protocol === 'ah' && destination.version === 4 && unaligned;
  return tunnel | (align ? XFRM_STATE.ALIGN4 : 0);
}

/** Octets of AH before the ICV. */
const AH_FIXED_LENGTH = 12;

/** The direction and selector of the policy of change `index`; throws `ChangeRefused`. */
export function policyIdToKernel(
  { direction, selector }: Pick<Policy, 'direction' | 'selector'>,
  index: number,
): XfrmPolicyId {
  return {
    direction: DIRECTIONS[direction],
    selector: selectorToKernel(selector, direction, index),
  };
}

/** The policy of change `index`. Throws `ChangeRefused` for what the kernel cannot hold. */
export function policyToKernel(policy: Policy, index: number): XfrmNewPolicy {
  const { action, priority } = policy;
  const templates = action.kind === 'protect' ? action.templates : [];
  return {
    ...XFRM_PLAIN_POLICY,
    ...policyIdToKernel(policy, index),
    limits: XFRM_UNLIMITED,
    priority,
    action: action.kind === 'discard' ? XFRM_POLICY_ACTION.BLOCK : XFRM_POLICY_ACTION.ALLOW,
    templates: templates.map((template) => templateToKernel(template, policy, index)),
  };
}

/** The kernel has ciphers and AEADs apart; keys are whole in both, nonce or salt behind. */
function encryptionToKernel(
  { encryption }: SaParameters,
  index: number,
): Pick<XfrmNewSa, 'encryption' | 'aead'> {
  if (encryption === null) return { encryption: null, aead: null };
  const { algorithm, key } = encryption;
  requireKnown(algorithm, index);
  const named: XfrmAlgorithm = { name: algorithm.linux, key: key.expose() };
  return algorithm.kind === 'aead'
    ? { encryption: null, aead: { ...named, icvBits: algorithm.icvLength * 8 } }
    : { encryption: named, aead: null };
}

function integrityToKernel(
  { algorithm, key, icvLength }: NonNullable<SaParameters['integrity']>,
  index: number,
): XfrmIcvAlgorithm {
  requireKnown(algorithm, index);
  return { name: algorithm.linux, key: key.expose(), icvBits: icvLength * 8 };
}

function requireKnown(algorithm: EncryptionAlgorithm | IntegrityAlgorithm, index: number): void {
  if (isKnownAlgorithm(algorithm)) return;
  throw unsupported(index, `ipseal does not know the algorithm ${algorithm.name}`);
}

function limitsToKernel({ softLifetime, hardLifetime }: SaParameters): XfrmLimits {
  return {
    ...XFRM_UNLIMITED,
    softOctets: softLifetime.octets || XFRM_INF,
    hardOctets: hardLifetime.octets || XFRM_INF,
    softAddSeconds: softLifetime.seconds,
    hardAddSeconds: hardLifetime.seconds,
  };
}

function selectorToKernel(selector: Selector, direction: Direction, index: number): XfrmSelector {
  const { localAddress, remoteAddress, nextLayerProtocol } = selector;
  if (nextLayerProtocol === 0) {
    throw unsupported(index, 'Linux does not tell protocol 0 from any protocol');
  }
  const local = endToKernel(localAddress, selector.localPort, index);
  const remote = endToKernel(remoteAddress, selector.remotePort, index);
  const [source, destination] = direction === 'outbound' ? [local, remote] : [remote, local];
  return {
    ...XFRM_ANY_SELECTOR,
    family: XFRM_FAMILY[localAddress.address.version],
    source,
    destination,
    protocol: nextLayerProtocol === 'any' ? 0 : nextLayerProtocol,
  };
}

function endToKernel(prefix: Prefix, ports: PortRange, index: number): XfrmSelectorEnd {
  const masked = maskedPort(ports);
  if (masked === undefined) {
    const range = formatPortRange(ports);
    throw unsupported(index, `Linux has no policies for a range of ports such as ${range}`);
  }
  return {
    address: emitXfrmAddress(prefix.address),
    prefixLength: prefix.length,
    ...masked,
  };
}

function templateToKernel(template: Template, policy: Policy, index: number): XfrmTemplate {
  const { endpoints, mode } = template;
  if (endpoints !== null && endpoints.local.version !== endpoints.remote.version) {
    throw new ChangeRefused(index, 'invalid', 'the ends of a tunnel are of one IP version');
  }
  const local = endpoints === null ? XFRM_ANY_ADDRESS : emitXfrmAddress(endpoints.local);
  const remote = endpoints === null ? XFRM_ANY_ADDRESS : emitXfrmAddress(endpoints.remote);
  const { version } = endpoints?.local ?? policy.selector.localAddress.address;
  const [source, destination] = policy.direction === 'outbound' ? [local, remote] : [remote, local];
  return {
    ...XFRM_PLAIN_TEMPLATE,
    source,
    destination,
    family: XFRM_FAMILY[version],
    spi: 0,
    protocol: PROTOCOLS[template.protocol],
    reqid: template.reqid,
    mode: MODES[mode],
    optional: template.level === 'use',
  };
}

function unsupported(index: number, reason: string): ChangeRefused {
  return new ChangeRefused(index, 'unsupported', reason);
}
