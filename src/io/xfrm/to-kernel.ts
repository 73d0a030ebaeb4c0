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
import { isKnownAlgorithm } from '../../crypto/foreign-algorithm.ts';
import { ChangeRefused } from '../../ipsec/backend.ts';
import type { IpsecProtocol, Mode, Policy, PolicyId, Template } from '../../ipsec/policy.ts';
import type { Progress } from '../../ipsec/progress.ts';
import type { SaId, SaParameters } from '../../ipsec/sa-parameters.ts';
import type { Direction } from '../../ipsec/selector.ts';
import { highHalf, lowHalf } from '../../ipsec/sequence-number.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
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
  type XfrmPolicyName,
} from '../../netlink/xfrm-policy.ts';
import { XFRM_NO_POLICY_OPTIONS } from '../../netlink/xfrm-policy-options.ts';
import { isWideXfrmReplay, type XfrmReplay, xfrmBitmapWords } from '../../netlink/xfrm-replay.ts';
import { XFRM_PLAIN_SA, type XfrmNewSa, type XfrmSaId } from '../../netlink/xfrm-sa.ts';
import { XFRM_ANY_SELECTOR } from '../../netlink/xfrm-selector.ts';
import { XFRM_PLAIN_TEMPLATE, type XfrmTemplate } from '../../netlink/xfrm-template.ts';
import { inOrder, selectorToKernel } from './kernel-selector.ts';
import { extrasToKernel, securityContextToKernel } from './sa-extras.ts';

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
 * The SA of change `index`, which counts from `from` on. Its keys are views into the Secrets. Throws `ChangeRefused` for what
 * the kernel cannot hold.
 */
export function saToKernel(sa: SaParameters, index: number, from?: Progress): XfrmNewSa {
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
    ...extrasToKernel(sa, index),
    replay: from === undefined ? null : replayToKernel(sa, from),
  };
}

/** All numbers of the replay window count as received. */
function replayToKernel(sa: SaParameters, { sent, received }: Progress): XfrmReplay {
  const { replayWindow, extendedSequenceNumbers } = sa;
  const wide = isWideXfrmReplay(replayWindow, extendedSequenceNumbers);
  const words = wide ? xfrmBitmapWords(replayWindow) : 1;
  return {
    sent: lowHalf(sent),
    sentHigh: highHalf(sent),
    received: lowHalf(received),
    receivedHigh: highHalf(received),
    bitmap: new Array<number>(words).fill(received === 0 ? 0 : 0xffffffff),
    wide,
  };
}

function flagsToKernel(sa: SaParameters): number {
  const { mode, protocol, destination, integrity, extendedSequenceNumbers } = sa;
  // A tunnel carries both IP versions; without the flag, only that of its ends.
  const tunnel = mode === 'tunnel' ? XFRM_STATE.AF_UNSPEC : 0;
  const wide = extendedSequenceNumbers ? XFRM_STATE.ESN : 0;
  // RFC 4302 §2.2. Only said where it makes a difference, as it does for an ICV of 128 bits.
  const unaligned = (AH_FIXED_LENGTH + (integrity?.icvLength ?? 0)) % 8 !== 0;
  const align = protocol === 'ah' && destination.version === 4 && unaligned;
  return tunnel | wide | (align ? XFRM_STATE.ALIGN4 : 0);
}

/** Octets of AH before the ICV. */
const AH_FIXED_LENGTH = 12;

/** What names the policy of change `index`; throws `ChangeRefused`. */
export function policyIdToKernel(
  { direction, selector }: PolicyId,
  index: number,
): Required<XfrmPolicyName> {
  const securityContext = securityContextToKernel(selector.securityContext);
  return {
    direction: DIRECTIONS[direction],
    selector: selectorToKernel(selector, direction, index),
    options:
      securityContext === null
        ? XFRM_NO_POLICY_OPTIONS
        : { ...XFRM_NO_POLICY_OPTIONS, securityContext },
  };
}

/** The policy of change `index`. Throws `ChangeRefused` for what the kernel cannot hold. */
export function policyToKernel(policy: Policy, index: number): XfrmNewPolicy {
  const { action, priority } = policy;
  const templates = action.kind === 'protect' ? action.templates : [];
  const { direction, selector, options } = policyIdToKernel(policy, index);
  const { type, flags, share } = XFRM_PLAIN_POLICY;
  // Each spelt out: a spread takes several times as long, and there may be very many.
  return {
    direction,
    selector,
    limits: XFRM_UNLIMITED,
    priority,
    action: action.kind === 'discard' ? XFRM_POLICY_ACTION.BLOCK : XFRM_POLICY_ACTION.ALLOW,
    templates: templates.map((template) => templateToKernel(template, policy, index)),
    type,
    flags,
    share,
    options,
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
    softPackets: softLifetime.packets || XFRM_INF,
    hardPackets: hardLifetime.packets || XFRM_INF,
    softAddSeconds: softLifetime.seconds,
    hardAddSeconds: hardLifetime.seconds,
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
  const [source, destination] = inOrder(policy.direction, local, remote);
  const { share, integrityAlgorithms, ciphers, compressionAlgorithms } = XFRM_PLAIN_TEMPLATE;
  return {
    source,
    destination,
    family: XFRM_FAMILY[version],
    spi: 0,
    protocol: PROTOCOLS[template.protocol],
    reqid: template.reqid,
    mode: MODES[mode],
    optional: template.level === 'use',
    share,
    integrityAlgorithms,
    ciphers,
    compressionAlgorithms,
  };
}

function unsupported(index: number, reason: string): ChangeRefused {
  return new ChangeRefused(index, 'unsupported', reason);
}
