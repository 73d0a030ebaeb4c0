/**
 * Sockets of NETLINK_XFRM, and the kernel's no to them in words.
 *
 * @module
 */
import os from 'node:os';
import { SystemError } from '../libc.ts';
import { NETLINK, NetlinkSocket } from '../netlink-socket.ts';

const { EPERM, EPROTONOSUPPORT } = os.constants.errno;

/** What every use of the kernel's SAD and SPD needs, in the words of its refusal. */
export const NEEDS_PRIVILEGE =
  'the SAs and policies of the kernel are for those with CAP_NET_ADMIN';

/** Opens a socket in the network namespace that the thread is in. Throws a `SystemError`. */
export function openXfrmSocket(): NetlinkSocket {
  try {
    return new NetlinkSocket(NETLINK.XFRM);
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== EPROTONOSUPPORT) throw error;
    const missing = 'this kernel has no XFRM (CONFIG_XFRM_USER)';
    throw new SystemError('open a netlink socket', error.errno, missing);
  }
}

/** `error`, or the same saying what privilege was missing to `doing`. */
export function explained(error: unknown, doing: string): unknown {
  if (!(error instanceof SystemError) || error.errno !== EPERM) return error;
  return new SystemError(doing, EPERM, NEEDS_PRIVILEGE);
}
