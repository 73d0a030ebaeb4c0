/**
 * Policies that ask for protection which no SA gives.
 *
 * @module
 */
import { SaIndex } from '../ipsec/sa-index.ts';
import { formatSelectorAddresses } from '../ipsec/selector.ts';
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';

const PROOF = 'setkey -DP; setkey -D';

export function examineUnserved({ policies, sas, processes }: Facts): Finding[] {
  const index = new SaIndex(
    sas.filter(({ state }) => state === 'mature' || state === 'dying').map((sa) => sa.parameters),
  );
  const hasDaemon = processes.some(({ name }) => /^(charon|pluto|racoon|iked|isakmpd)/.test(name));
  const found = policies.flatMap((policy): Finding[] => {
    // The forward policies are twins of inbound ones.
    if (policy.action.kind !== 'protect' || policy.direction === 'forward') return [];
    const missing = policy.action.templates.find(
      (template) => template.level === 'require' && !index.serves(template, policy),
    );
    if (missing === undefined) return [];
    const addresses = formatSelectorAddresses(policy.selector, policy.direction);
    const sa = `${missing.protocol} in ${missing.mode} mode ${index.ends(missing, policy)}`;
    const lost = policy.direction === 'outbound' ? 'is not sent' : 'is not taken in';
    return [
      {
        check: 'unserved',
        status: hasDaemon ? 'note' : 'problem',
        says: `The ${policy.direction} policy for ${addresses} asks for ${sa}, and there is no such SA: what it is for ${lost}.`,
        proof: PROOF,
        fix: hasDaemon
          ? 'the IKE daemon negotiates it when it is wanted'
          : 'add the SA on both hosts (setkey: add ...), or remove the policy',
      },
    ];
  });
  if (found.length > 0 || policies.length === 0) return found;
  const says = 'Every policy that asks for protection has SAs that give it.';
  return [{ check: 'unserved', status: 'ok', says, proof: PROOF, fix: null }];
}
