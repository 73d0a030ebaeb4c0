/**
 * Rules that would rewrite the source of packets that a policy protects. They are looked at before the
 * kernel protects: with another source the packet is none of the policy's any more, and leaves in the
 * clear.
 *
 * @module
 */
import { type Chain, decisionsOf, type Flow } from '../firewall/chain.ts';
import { iptablesWords } from '../firewall/iptables.ts';
import { nftMatches } from '../firewall/nft-match.ts';
import { ruleText } from '../firewall/nft-text.ts';
import { type PacketShape, shapeOf } from '../firewall/packet-shape.ts';
import type { Policy } from '../ipsec/policy.ts';
import { formatSelectorAddresses } from '../ipsec/selector.ts';
import { formatIpAddress } from '../net/ip-address.ts';
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';
import { placeOf, proofOf } from './packet-filter.ts';

export function examineNat(facts: Facts): Finding[] {
  const { policies, filter } = facts;
  const chains = filter.chains.filter(
    ({ hook }) => hook?.type === 'nat' && hook.name === 'postrouting',
  );
  const protecting = policies.filter(
    ({ direction, action }) => direction === 'outbound' && action.kind === 'protect',
  );
  const found = protecting.flatMap((policy) =>
    chains.flatMap((chain) => findingAbout(policy, chain, facts)),
  );
  if (found.length > 0 || filter.nftMissing !== null) return found;
  const says =
    protecting.length === 0
      ? 'No policy protects anything that NAT could rewrite.'
      : 'No NAT rule rewrites the source of what policies protect.';
  const proof = 'nft list ruleset; iptables-save -t nat; ip6tables-save -t nat';
  return [{ check: 'nat', status: 'ok', says, proof, fix: null }];
}

function findingAbout(policy: Policy, chain: Chain, facts: Facts): Finding[] {
  const shape = shapeOf(policy.selector, 'outbound');
  const flow: Flow = {
    ...shape,
    inDevice: null,
    outDevice: outDeviceOf(policy, facts),
    isProtected: facts.backend === 'kernel',
  };
  const decisions = decisionsOf(flow, chain, facts.filter.chains);
  const rewriting = decisions.find(({ end }) => end === 'rewrite-source');
  if (rewriting === undefined) return [];
  const how = rewriting.certain ? 'rewrites' : 'may rewrite';
  const what = formatSelectorAddresses(policy.selector, 'outbound');
  return [
    {
      check: 'nat',
      status: rewriting.certain ? 'problem' : 'warning',
      says: `The rule "${rewriting.rule?.text}" in ${placeOf(chain)} ${how} the source of what a policy protects, ${what}, which then leaves in the clear.`,
      proof: proofOf(chain),
      fix: exemption(shape, chain),
    },
  ];
}

/** `ipseald` takes what it protects through its device; the kernel by the device of the route. */
function outDeviceOf({ selector, action }: Policy, { backend, paths }: Facts): string | null {
  if (backend === 'userspace') return 'ipseal0';
  const endpoints =
    action.kind === 'protect'
      ? action.templates.findLast((each) => each.endpoints)?.endpoints
      : null;
  const to = formatIpAddress(endpoints?.remote ?? selector.remoteAddress.address);
  return paths.find((path) => path.to === to)?.device ?? null;
}

/** Puts a rule in front that lets the packets be. */
function exemption(shape: PacketShape, { tool, family, table, name }: Chain): string {
  if (tool !== 'nft') {
    return `${tool} -t ${table} -I ${name} ${iptablesWords(shape).join(' ')} -j ACCEPT`;
  }
  const expr = [...nftMatches(shape), { accept: null }];
  return `nft insert rule ${family} ${table} ${name} ${ruleText({ expr })}`;
}
