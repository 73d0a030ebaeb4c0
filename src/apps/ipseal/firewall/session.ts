/**
 * The SSH connection that rules would cut, before they are in force.
 *
 * @module
 */
import { comesProtected, ruleAgainst } from '../../../firewall/lock-out.ts';
import { nftMatches } from '../../../firewall/nft-match.ts';
import { ruleText } from '../../../firewall/nft-text.ts';
import { shapeOf } from '../../../firewall/packet-shape.ts';
import type { FirewallRule } from '../../../firewall/rule.ts';
import type { Protection } from '../../../firewall/table.ts';
import { type Contents, NOTHING } from '../../../ipsec/contents.ts';
import type { EssentialFlow } from '../../../ipsec/essential-flows.ts';
import { lockOuts } from '../../../ipsec/lock-out.ts';
import { presentOf } from '../../configuration/commit-difference.ts';
import { controlPath } from '../../control/path.ts';
import { type OpenBackend, openEither } from '../../open-backend.ts';
import { lockOutText, trafficText } from '../apply/report.ts';

/** The rule that drops `session`, unless it comes through IPsec; `null` where it passes. */
export async function ruleThatCuts(
  session: EssentialFlow,
  rules: readonly FirewallRule[],
  { kernel, device }: Protection,
  control: string | undefined,
): Promise<FirewallRule | null> {
  const rule = ruleAgainst(rules, session);
  if (rule === null) return null;
  // What comes out of SAs that the rules do not trust is dropped with the rest.
  const trusted: OpenBackend['kind'][] = [];
  if (kernel) trusted.push('kernel');
  if (device !== null) trusted.push('userspace');
  for (const kind of trusted) {
    if (comesProtected(await inForce(kind, control), session)) return null;
  }
  return rule;
}

/** Nothing where `kind` is not there to be asked: then it protects nothing. */
async function inForce(kind: OpenBackend['kind'], control: string | undefined): Promise<Contents> {
  try {
    const { backend } = await openEither(kind, controlPath(control));
    try {
      return await presentOf(backend);
    } finally {
      await backend.close();
    }
  } catch {
    return NOTHING;
  }
}

/**
 * Why `session` is dropped by `rule`, and what to do about it. `tables` are what the
 * file says that the rule was made of; `null` where `--require` said it.
 */
export function cutDetail(
  session: EssentialFlow,
  rule: FirewallRule,
  tables: Contents | null,
): string {
  const match = ruleText({ expr: nftMatches(shapeOf(rule.selector, 'inbound')) });
  const lines = `  dropped by:  ${match}
  for no policy and SA in force protect it: set them up first, on both hosts
  (ipseal keygen pair, ipseal apply), `;
  if (tables === null) return `${lines}or leave the service out of --require`;
  const inbound = lockOuts(tables, [session]).filter(
    ({ policy }) => policy.direction === 'inbound',
  );
  return `${lines}or let it pass\n${lockOutText(inbound)}`;
}

/** `that would cut off ...`: with `--allow-lock-out`, it does. */
export function cutText(session: EssentialFlow, detail: string, isAllowed: boolean): string {
  const what = trafficText(session);
  if (isAllowed) return `warning: this cuts off ${what}\n${detail}`;
  return `that would cut off ${what}; nothing was changed
${detail}
  --allow-lock-out does it nevertheless`;
}
