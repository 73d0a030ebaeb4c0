/**
 * Whether this process may do what the commands and `ipseald` do: change tables, open raw sockets and
 * the TUN device.
 *
 * @module
 */
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';

const NEEDED = [
  ['CAP_NET_ADMIN', 'change SAs, policies and packet filters'],
  ['CAP_NET_RAW', 'open the raw sockets of ipseald and capture packets'],
] as const;

export function examinePrivileges({ capabilities, tun }: Facts): Finding[] {
  const missing = NEEDED.filter(([name]) => !capabilities.has(name));
  const proof = 'grep CapEff /proc/self/status';
  const found: Finding[] = missing.map(([name, what]) => ({
    check: 'privileges',
    status: 'warning',
    says: `This process has no ${name}, and so cannot ${what}.`,
    proof,
    fix: 'run it as root; in a container: --cap-add NET_ADMIN --cap-add NET_RAW',
  }));
  if (found.length === 0) {
    const says = 'This process may change SAs, policies and packet filters, and open raw sockets.';
    found.push({ check: 'privileges', status: 'ok', says, proof, fix: null });
  }
  return [...found, tunFinding(tun)];
}

function tunFinding(tun: Facts['tun']): Finding {
  const common = { check: 'tun', proof: 'ls -l /dev/net/tun' };
  switch (tun) {
    case 'usable':
      return { ...common, status: 'ok', says: 'ipseald can have a TUN device.', fix: null };
    case 'missing':
      return {
        ...common,
        status: 'note',
        says: 'There is no /dev/net/tun, which ipseald needs.',
        fix: 'modprobe tun; in a container: --device /dev/net/tun',
      };
    case 'refused':
      return {
        ...common,
        status: 'note',
        says: 'This process may not open /dev/net/tun, which ipseald needs.',
        fix: 'run it as root; in a container: --device /dev/net/tun',
      };
  }
}
