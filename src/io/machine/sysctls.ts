/**
 * Settings of the kernel's network that bear on IPsec (ip-sysctl).
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';

const ROOT = '/proc/sys/net';
const SINGLE = ['ipv4/ip_forward', 'ipv4/ip_no_pmtu_disc', 'ipv6/conf/all/forwarding'];
const OF_DEVICES = [
  'rp_filter',
  'send_redirects',
  'accept_redirects',
  'disable_policy',
  'disable_xfrm',
];

/** By name, `net.ipv4.ip_forward`; what this kernel does not have is not there. */
export function networkSysctls(): ReadonlyMap<string, string> {
  const names = [...SINGLE];
  for (const version of ['ipv4', 'ipv6']) {
    for (const device of entriesOf(`${ROOT}/${version}/conf`)) {
      names.push(...OF_DEVICES.map((name) => `${version}/conf/${device}/${name}`));
    }
  }
  const values = new Map<string, string>();
  for (const name of names) {
    try {
      const value = readFileSync(`${ROOT}/${name}`, 'utf8').trim();
      // As sysctl(8) writes it: a dot in the name of a device is a slash.
      values.set(
        `net.${name
          .split('/')
          .map((part) => part.replaceAll('.', '/'))
          .join('.')}`,
        value,
      );
    } catch {
      // Not of this kernel.
    }
  }
  return values;
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
