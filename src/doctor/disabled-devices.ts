/**
 * Devices on which the kernel asks no policy.
 *
 * @module
 */
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';

const MEANING = {
  disable_policy: 'lets in on it what no policy was asked about',
  disable_xfrm: 'protects nothing that leaves by it',
} as const;

export function examineDisabledDevices({ sysctls }: Facts): Finding[] {
  const found: Finding[] = [];
  const proof = 'sysctl -a -r "net.ipv[46].conf.*disable_(policy|xfrm)"';
  for (const [name, value] of sysctls) {
    const [, device, which] =
      /^net\.ipv[46]\.conf\.(.+)\.(disable_policy|disable_xfrm)$/.exec(name) ?? [];
    // Linux sets both for loopback; the template for new devices is not in force anywhere.
    if (device === undefined || device === 'lo' || device === 'default' || value === '0') continue;
    const where = device === 'all' ? 'every device' : device;
    const meaning = MEANING[which === 'disable_xfrm' ? 'disable_xfrm' : 'disable_policy'];
    found.push({
      check: 'disabled-devices',
      status: 'problem',
      says: `${which} is set for ${where}: the kernel ${meaning}.`,
      proof: `sysctl ${name}`,
      fix: `sysctl -w ${name}=0`,
    });
  }
  if (found.length > 0) return found;
  const says = 'The kernel asks policies on every device but loopback.';
  return [{ check: 'disabled-devices', status: 'ok', says, proof, fix: null }];
}
