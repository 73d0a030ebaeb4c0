/**
 * The reverse path filter (RFC 3704): what came out of `ipseald`'s device has the source of a packet
 * that would be sent elsewhere, so a strict one drops it. The kernel asks none of what its own SAs
 * brought.
 *
 * @module
 */
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';

const STRICT = '1';
const DEVICE = 'ipseal0';

export function examineReversePath({ backend, sysctls }: Facts): Finding[] {
  if (backend !== 'userspace') return [];
  const names = [`net.ipv4.conf.all.rp_filter`, `net.ipv4.conf.${DEVICE}.rp_filter`];
  const proof = `sysctl ${names.join(' ')}`;
  // The higher of both counts, and 2 is loose.
  const highest = names
    .map((name) => sysctls.get(name) ?? '0')
    .sort()
    .at(-1);
  if (highest !== STRICT) {
    const says = 'The reverse path filter lets pass what comes out of ipseald.';
    return [{ check: 'rp_filter', status: 'ok', says, proof, fix: null }];
  }
  const says = 'The reverse path filter is strict, and drops what comes out of ipseald over IPv4.';
  const fix = `sysctl -w net.ipv4.conf.${DEVICE}.rp_filter=2, and the same in /etc/sysctl.d`;
  return [{ check: 'rp_filter', status: 'problem', says, proof, fix }];
}
