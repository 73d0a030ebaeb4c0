/**
 * The kernel's SAD and SPD datagram by datagram: no more of a dump is in memory than the kernel puts
 * in one, some tens of kibioctets.
 *
 * The kernel's lists have the newest first, and its place in them moves with what is deleted: an SA
 * that is there all the time is told once, one that is added meanwhile is not.
 *
 * @module
 */
import type { SelectorAddresses } from '../../ipsec/selector.ts';
import type { NetlinkMessage, NetlinkRequest } from '../../netlink/nlmsg.ts';
import { XFRM_MSG, XFRM_POLICY_MAX, XFRM_POLICY_TYPE } from '../../netlink/xfrm-constants.ts';
import {
  parseXfrmPolicy,
  parseXfrmPolicyName,
  type XfrmPolicy,
} from '../../netlink/xfrm-policy.ts';
import { dumpXfrmPolicies } from '../../netlink/xfrm-policy-request.ts';
import { parseXfrmSa, type XfrmSa } from '../../netlink/xfrm-sa.ts';
import { dumpXfrmSas } from '../../netlink/xfrm-sa-request.ts';
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import type { NetlinkSocket } from '../netlink-socket.ts';
import { includesFromKernel } from './from-kernel.ts';
import { explained } from './xfrm-socket.ts';

/**
 * Every SA, newest first, over `socket`, which is closed at the end. The keys of each are views that
 * hold until the next is asked for; those of a datagram are overwritten with it.
 */
export function* streamSas(socket: NetlinkSocket): Generator<XfrmSa> {
  for (const message of messages(socket, dumpXfrmSas(), 'list the SAs of the kernel')) {
    if (message.type === XFRM_MSG.NEWSA) yield read(message, parseXfrmSa);
  }
}

/**
 * Every policy of the SPD, newest first, over `socket`; not those of single sockets. With `including`, those
 * alone that have all of its addresses: the kernel tells of all, and most are not looked at further.
 */
export function* streamPolicies(
  socket: NetlinkSocket,
  including?: SelectorAddresses,
): Generator<XfrmPolicy> {
  for (const message of messages(socket, dumpXfrmPolicies(), 'list the policies of the kernel')) {
    if (message.type !== XFRM_MSG.NEWPOLICY) continue;
    if (including !== undefined) {
      const name = read(message, parseXfrmPolicyName);
      if (!includesFromKernel(name, including)) continue;
    }
    const policy = read(message, parseXfrmPolicy);
    if (isOfSpd(policy)) yield policy;
  }
}

/** Whether `policy` is in the SPD that everybody means: not a socket's own, nor Mobile IPv6's. */
export function isOfSpd({ direction, type }: XfrmPolicy): boolean {
  return direction < XFRM_POLICY_MAX && type === XFRM_POLICY_TYPE.MAIN;
}

/** What `parse` makes of a message of the kernel. */
export function read<T>(message: NetlinkMessage, parse: (payload: Uint8Array) => Parsed<T>): T {
  const value = parse(message.payload);
  if (value instanceof Malformed) throw new Error(`Cannot read the kernel's answer: ${value}`);
  return value;
}

function* messages(
  socket: NetlinkSocket,
  request: NetlinkRequest,
  doing: string,
): Generator<NetlinkMessage> {
  try {
    for (const datagram of socket.stream(request, doing)) yield* datagram;
  } catch (error) {
    throw explained(error, doing);
  } finally {
    socket.close();
  }
}
