/**
 * Whether this machine can have two hosts and measure what is between them.
 *
 * @module
 */
import { missing } from './programs.mjs';

/** Why it cannot, as a clause; `null` when it can. What a peer needs is that peer's affair. */
export function obstacle() {
  if (process.geteuid?.() !== 0) return 'not root';
  return missing('setpriv', 'taskset', 'unshare', 'nsenter', 'iperf3', 'ping');
}
