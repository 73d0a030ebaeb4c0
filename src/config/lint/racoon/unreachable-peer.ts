/**
 * Peers that cannot be spoken to from where the file says to listen.
 *
 * @module
 */
import type { Listen } from '../../../ike/configuration.ts';
import type { Peer } from '../../../ike/peer.ts';
import type { Finding, Rule } from '../rule.ts';
import { type CheckedRacoon, nameOf } from './checked-racoon.ts';

export const UNREACHABLE_PEER: Rule<CheckedRacoon> = {
  code: 'unreachable-peer',
  form: 'racoon',
  title: 'a remote that no address of listen can speak to',
  severity: 'error',
  reason:
    'IKE is sent from the ports that listen opens, and from no others: to an IPv6 address from one of IPv6, ' +
    'and where there is a NAT from one of isakmp_natt (RFC 3947 §4).',
  *find(file) {
    for (const peer of file.peers) yield* ofPeer(peer, file);
  },
};

function* ofPeer(peer: Peer, file: CheckedRacoon): Generator<Finding> {
  const { listen } = file.all;
  if (!speaksTo(peer, listen, false)) {
    const version = peer.address === null ? '' : ` of IPv${peer.address.version}`;
    yield {
      span: file.spanOf(peer, 'remote'),
      message: `listen names no isakmp address${version}, from which ${nameOf(peer)} could be spoken to`,
      fix: `add isakmp and an address${version} to listen`,
    };
  } else if (peer.natTraversal !== 'off' && !speaksTo(peer, listen, true)) {
    yield {
      severity: 'warning',
      span: file.spanOf(peer, 'nat_traversal'),
      message: `listen names no isakmp_natt: with a NAT in the way, nothing comes of ${nameOf(peer)}`,
      fix: 'add isakmp_natt and an address, or leave all addresses out: then all ports are open',
    };
  }
}

/** Whether a port speaks to `peer`: one for NAT traversal, or one that is not. */
function speaksTo({ address }: Peer, { addresses }: Listen, natTraversal: boolean): boolean {
  if (addresses.length === 0) return true;
  return addresses.some(
    (each) =>
      each.natTraversal === natTraversal &&
      (address === null || each.address.version === address.version),
  );
}
