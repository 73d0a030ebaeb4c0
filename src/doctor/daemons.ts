/**
 * Other IPsec daemons: who else adds and removes SAs and policies, and who has the ports of IKE.
 *
 * @module
 */
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';

/** By the name of the program. */
const DAEMONS: Readonly<Record<string, string>> = {
  charon: 'strongSwan',
  'charon-systemd': 'strongSwan',
  'charon-nm': 'strongSwan, for NetworkManager',
  pluto: 'Libreswan',
  racoon: 'racoon',
  racoon2: 'racoon2',
  iked: 'OpenIKED',
  isakmpd: 'isakmpd',
};

export function examineDaemons({ processes, udpPorts, backend }: Facts): Finding[] {
  const found: Finding[] = [];
  for (const { pid, name } of processes) {
    const product = Object.hasOwn(DAEMONS, name) ? DAEMONS[name] : undefined;
    if (product === undefined) continue;
    found.push({
      check: 'daemons',
      status: 'note',
      says: `${name} runs (${product}, process ${pid}): SAs and policies in the kernel are its, too.`,
      proof: `ps -p ${pid} -o pid,comm,args`,
      fix: `let it own what it negotiates: no flush or spdflush in files that load while it runs`,
    });
  }
  if (backend === 'userspace' && found.length > 0) {
    const says =
      'An IKE daemon keys the kernel, and ipseald carries the packets: they do not meet.';
    const fix = 'stop one of them';
    found.push({ check: 'daemons', status: 'warning', says, proof: 'ipseal status', fix });
  }
  for (const { port, holder } of udpPorts.filter(({ port }) => port === 500 || port === 4500)) {
    const isKnown = holder !== null && Object.hasOwn(DAEMONS, holder.name);
    const isOurs = holder?.name === 'node' && port === 4500 && backend === 'userspace';
    if (isKnown || isOurs) continue;
    const who =
      holder === null ? 'A process of another owner' : `${holder.name}, process ${holder.pid},`;
    found.push({
      check: 'daemons',
      status: 'note',
      says: `${who} has UDP port ${port}, where ${port === 500 ? 'IKE comes' : 'IKE and ESP in UDP come'}.`,
      proof: `ss -ulnp sport = :${port}`,
      fix: 'stop it, if another is to have the port',
    });
  }
  if (found.length > 0) return found;
  const says = 'No IKE daemon runs beside.';
  return [{ check: 'daemons', status: 'ok', says, proof: 'ss -ulnp; ps -e', fix: null }];
}
