/**
 * SAs and policies of the kernel as records: the way back of `to-kernel.ts`.
 *
 * The kernel may hold what others put there and our types have no words for: the helper SAs of
 * IPComp tunnels, the modes of Mobile IPv6, ESP in TCP, policies of single sockets. These have no
 * records; nothing is shown as something that it is not. Of an algorithm that the registry does not
 * know, the record has the kernel's name.
 *
 * @module
 */

import {
  aeadByLinuxName,
  cipherByLinuxName,
  integrityByLinuxName,
} from '../../crypto/foreign-algorithm.ts';
import { Secret } from '../../crypto/secret.ts';
import type { Instant, PolicyRecord, SaRecord } from '../../ipsec/backend.ts';
import type { Acquire, SaOutline } from '../../ipsec/events.ts';
import { type Lifetime, lifetimeReached } from '../../ipsec/lifetime.ts';
import type { Action, IpsecProtocol, Mode, Template } from '../../ipsec/policy.ts';
import type { SaParameters } from '../../ipsec/sa-parameters.ts';
import { type Direction, includesAddresses, type SelectorAddresses } from '../../ipsec/selector.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import type { XfrmAcquire } from '../../netlink/xfrm-acquire.ts';
import { parseXfrmAddress } from '../../netlink/xfrm-address.ts';
import {
  XFRM_MODE,
  XFRM_POLICY,
  XFRM_POLICY_ACTION,
  XFRM_POLICY_TYPE,
} from '../../netlink/xfrm-constants.ts';
import { XFRM_INF } from '../../netlink/xfrm-lifetime.ts';
import type { XfrmPolicy, XfrmPolicyId } from '../../netlink/xfrm-policy.ts';
import type { XfrmSa } from '../../netlink/xfrm-sa.ts';
import type { XfrmTemplate } from '../../netlink/xfrm-template.ts';
import { inOrder, selectorFromKernel } from './kernel-selector.ts';
import { discardsFromKernel, windowFromKernel } from './sa-counters.ts';
import { extrasFromKernel, securityContextFromKernel } from './sa-extras.ts';

const PROTOCOLS: ReadonlyMap<number, IpsecProtocol> = new Map([
  [IP_PROTOCOL.esp, 'esp'],
  [IP_PROTOCOL.ah, 'ah'],
  [IP_PROTOCOL.ipcomp, 'ipcomp'],
]);

const MODES: ReadonlyMap<number, Mode> = new Map([
  [XFRM_MODE.TRANSPORT, 'transport'],
  [XFRM_MODE.TUNNEL, 'tunnel'],
]);

const DIRECTIONS: ReadonlyMap<number, Direction> = new Map([
  [XFRM_POLICY.IN, 'inbound'],
  [XFRM_POLICY.OUT, 'outbound'],
  [XFRM_POLICY.FWD, 'forward'],
]);

/** The IPsec protocol of a number; `null` when it is none of ours. */
export function protocolFromKernel(number: number): IpsecProtocol | null {
  return PROTOCOLS.get(number) ?? null;
}

/** What `sa` is, without its keys; `null` when it is none of ours to tell of. */
export function saOutlineFromKernel(sa: XfrmSa): SaOutline | null {
  const protocol = PROTOCOLS.get(sa.protocol);
  const mode = MODES.get(sa.mode);
  const source = parseXfrmAddress(sa.family, sa.source);
  const destination = parseXfrmAddress(sa.family, sa.destination);
  if (protocol === undefined || mode === undefined) return null;
  if (source === undefined || destination === undefined) return null;
  return { source, destination, protocol, spi: sa.spi, mode, reqid: sa.reqid };
}

/** `sa` as a record, keys copied; `null` when it is none of ours to tell of. */
export function saFromKernel(sa: XfrmSa, now: Instant): SaRecord | null {
  const outline = saOutlineFromKernel(sa);
  const extras = extrasFromKernel(sa);
  if (outline === null || extras === null) return null;
  const { usage, limits, replay } = sa;
  const softLifetime = lifetime(limits.softAddSeconds, limits.softOctets, limits.softPackets);
  const hardLifetime = lifetime(limits.hardAddSeconds, limits.hardOctets, limits.hardPackets);
  const record = {
    sequenceNumber: Math.max(
      replay.sentHigh * 2 ** 32 + replay.sent,
      replay.receivedHigh * 2 ** 32 + replay.received,
    ),
    addedAt: usage.addTime * 1000,
    usedAt: instant(sa.lastUsed ?? usage.useTime),
    octets: usage.octets,
    packets: usage.packets,
    window: windowFromKernel(sa),
    discards: discardsFromKernel(sa.statistics),
    parameters: {
      ...outline,
      replayWindow: sa.replayWindow,
      encryption: encryptionFromKernel(sa),
      integrity: integrityFromKernel(sa),
      ...extras,
      softLifetime,
      hardLifetime,
    },
  };
  return { ...record, state: stateOf(sa, record, now) };
}

/** Whether a policy of that name is for all of `addresses`. */
export function includesFromKernel(name: XfrmPolicyId, addresses: SelectorAddresses): boolean {
  const direction = DIRECTIONS.get(name.direction);
  const selector = direction && selectorFromKernel(name.selector, direction);
  return selector !== undefined && selector !== null && includesAddresses(selector, addresses);
}

/** `policy` as a record; `null` when it is none of ours to tell of. */
export function policyFromKernel(policy: XfrmPolicy): PolicyRecord | null {
  const direction = DIRECTIONS.get(policy.direction);
  if (direction === undefined || policy.type !== XFRM_POLICY_TYPE.MAIN) return null;
  const selector = selectorFromKernel(policy.selector, direction);
  const action = actionFromKernel(policy, direction);
  if (selector === null || action === null) return null;
  const securityContext = securityContextFromKernel(policy.options.securityContext);
  return {
    policy: {
      direction,
      selector: { ...selector, securityContext },
      action,
      priority: policy.priority,
    },
    index: policy.index,
    addedAt: policy.usage.addTime * 1000,
    usedAt: instant(policy.usage.useTime),
  };
}

/** An acquire of the kernel; `null` when it is none of ours to tell of. */
export function acquireFromKernel(acquire: XfrmAcquire): Acquire | null {
  const record = policyFromKernel(acquire.policy);
  const wanted = acquire.policy.templates.find(({ protocol }) => protocol === acquire.protocol);
  const source = parseXfrmAddress(acquire.family, acquire.source);
  const destination = parseXfrmAddress(acquire.family, acquire.destination);
  if (record === null || wanted === undefined) return null;
  if (source === undefined || destination === undefined) return null;
  const { policy, index } = record;
  const template = templateFromKernel(wanted, policy.direction);
  const selector = selectorFromKernel(acquire.selector, policy.direction);
  if (template === null || selector === null) return null;
  return { kind: 'acquire', source, destination, template, selector, policy, index };
}

function encryptionFromKernel({ encryption, aead }: XfrmSa): SaParameters['encryption'] {
  if (aead !== null) {
    const key = new Secret(aead.key.slice());
    return { algorithm: aeadByLinuxName(aead.name, key.bits, aead.icvBits), key };
  }
  if (encryption === null) return null;
  const key = new Secret(encryption.key.slice());
  return { algorithm: cipherByLinuxName(encryption.name, key.bits), key };
}

function integrityFromKernel({ integrity }: XfrmSa): SaParameters['integrity'] {
  if (integrity === null) return null;
  const key = new Secret(integrity.key.slice());
  const algorithm = integrityByLinuxName(integrity.name, key.bits, integrity.icvBits);
  return { algorithm, key, icvLength: integrity.icvBits / 8 };
}

/**
 * The kernel does not tell over netlink. An SA without any algorithm is one that it still waits to
 * be given; the rest follows from age and usage.
 */
function stateOf(
  { encryption, integrity, aead, compression }: XfrmSa,
  { parameters, addedAt, octets, packets }: Omit<SaRecord, 'state'>,
  now: Instant,
): SaRecord['state'] {
  const algorithms = [encryption, integrity, aead, compression];
  if (algorithms.every((algorithm) => algorithm === null)) return 'larval';
  const seconds = Math.floor((now - addedAt) / 1000);
  if (lifetimeReached(parameters.hardLifetime, seconds, octets, packets)) return 'dead';
  return lifetimeReached(parameters.softLifetime, seconds, octets, packets) ? 'dying' : 'mature';
}

function lifetime(seconds: number, octets: number, packets: number): Lifetime {
  return { seconds, octets: limitFromKernel(octets), packets: limitFromKernel(packets) };
}

function limitFromKernel(limit: number): number {
  return limit === XFRM_INF ? 0 : limit;
}

function instant(seconds: number): Instant | null {
  return seconds === 0 ? null : seconds * 1000;
}

function actionFromKernel(policy: XfrmPolicy, direction: Direction): Action | null {
  if (policy.action === XFRM_POLICY_ACTION.BLOCK) return { kind: 'discard' };
  if (policy.templates.length === 0) return { kind: 'bypass' };
  const templates: Template[] = [];
  for (const kernelTemplate of policy.templates) {
    const template = templateFromKernel(kernelTemplate, direction);
    if (template === null) return null;
    templates.push(template);
  }
  return { kind: 'protect', templates };
}

function templateFromKernel(template: XfrmTemplate, direction: Direction): Template | null {
  const protocol = PROTOCOLS.get(template.protocol);
  const mode = MODES.get(template.mode);
  const source = parseXfrmAddress(template.family, template.source);
  const destination = parseXfrmAddress(template.family, template.destination);
  if (protocol === undefined || mode === undefined) return null;
  if (source === undefined || destination === undefined) return null;
  const [local, remote] = inOrder(direction, source, destination);
  return {
    protocol,
    mode,
    endpoints: mode === 'tunnel' ? { local, remote } : null,
    level: template.optional ? 'use' : 'require',
    reqid: template.reqid,
  };
}
