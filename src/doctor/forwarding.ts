/**
 * What a gateway needs: that it forwards at all, and tells nobody of a shorter way around the tunnel.
 *
 * @module
 */
import type { Policy } from '../ipsec/policy.ts';
import { isHostPrefix } from '../net/prefix.ts';
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';

export function examineForwarding({ policies, sysctls }: Facts): Finding[] {
  return ([4, 6] as const).flatMap((version) => {
    const isGateway = policies.some((policy) => isForNetworks(policy, version));
    const name = version === 4 ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding';
    if (!isGateway) return [];
    const forwards = sysctls.get(name) !== '0' && sysctls.has(name);
    const found: Finding[] = [
      {
        check: 'forwarding',
        status: forwards ? 'ok' : 'warning',
        says: forwards
          ? `This host forwards IPv${version}, as policies for networks behind it need.`
          : `Policies tunnel IPv${version} for networks behind this host, which does not forward.`,
        proof: `sysctl ${name}`,
        fix: forwards ? null : `sysctl -w ${name}=1, unless the networks are its own addresses`,
      },
    ];
    return version === 4 && forwards ? [...found, ...redirects(sysctls)] : found;
  });
}

/** Outbound in tunnel mode, of more than one address. */
function isForNetworks({ direction, selector, action }: Policy, version: 4 | 6): boolean {
  return (
    direction === 'outbound' &&
    action.kind === 'protect' &&
    action.templates.some(({ mode }) => mode === 'tunnel') &&
    selector.localAddress.address.version === version &&
    !isHostPrefix(selector.localAddress)
  );
}

/**
 * Linux sends redirects by a device when `all` or the device has it, and a gateway takes them when both
 * do (ip-sysctl). Loopback has neither.
 */
function redirects(sysctls: Facts['sysctls']): Finding[] {
  const sending = [...sysctls].filter(
    ([name, value]) => /^net\.ipv4\.conf\.(?!lo\.).+\.send_redirects$/.test(name) && value !== '0',
  );
  const takes = sysctls.get('net.ipv4.conf.all.accept_redirects') === '1';
  const proof = 'sysctl -a -r "net.ipv4.conf.*(send|accept)_redirects"';
  if (sending.length === 0 && !takes) {
    const says = 'This gateway neither sends ICMP redirects nor takes them.';
    return [{ check: 'redirects', status: 'ok', says, proof, fix: null }];
  }
  const found: Finding[] = [];
  if (sending.length > 0) {
    const names = sending.map(([name]) => name);
    found.push({
      check: 'redirects',
      status: 'warning',
      says: 'This gateway tells hosts of shorter ways by ICMP redirects, also around its tunnels.',
      proof,
      fix: names.map((name) => `sysctl -w ${name}=0`).join('; '),
    });
  }
  if (takes) {
    found.push({
      check: 'redirects',
      status: 'warning',
      says: 'This gateway takes ICMP redirects, by which others choose its routes.',
      proof,
      fix: 'sysctl -w net.ipv4.conf.all.accept_redirects=0',
    });
  }
  return found;
}
