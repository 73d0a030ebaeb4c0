/**
 * What has to stand in the host's packet filter so that policies of `ipseald` are more than words.
 *
 * @module
 */
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';

const PROOF = 'nft list table inet ipseal';

export function examineGuard({ backend, policies, guard }: Facts): Finding[] {
  if (backend !== 'userspace' || policies.length === 0 || guard === null) return [];
  if (guard === 'in-force') {
    const says = 'The rules by which ipseald takes packets are in force.';
    return [{ check: 'guard', status: 'ok', says, proof: PROOF, fix: null }];
  }
  return [
    {
      check: 'guard',
      status: 'problem',
      says: 'The rules by which ipseald takes packets are gone, and it did not put them back: what its policies protect passes in the clear.',
      proof: PROOF,
      fix: 'start ipseald anew and load its policies again; let nobody flush all rules of nftables (flush ruleset), but their own tables alone',
    },
  ];
}
