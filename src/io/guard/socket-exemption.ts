/**
 * Getting IKE past the guard's rules: what a socket of it sends is marked like what the data plane
 * sends. What it is to receive, the rules have to name (`ruleset.ts`).
 *
 * @module
 */
import { setSocketOption } from '../ip-socket.ts';
import { LINUX } from '../libc.ts';
import { MARK_OWN } from './numbers.ts';

/** Has all that is sent through the socket `fd` go in the clear. */
export function exemptFromGuard(fd: number): void {
  setSocketOption(fd, LINUX.SOL_SOCKET, LINUX.SO_MARK, MARK_OWN);
}
