/**
 * Whether rules would cut the connection by which somebody controls this host.
 *
 * @module
 */
import type { Contents } from '../ipsec/contents.ts';
import { ESSENTIAL_FLOWS, type EssentialFlow } from '../ipsec/essential-flows.ts';
import { lockOuts } from '../ipsec/lock-out.ts';
import { selectorsOverlap } from '../ipsec/selector-overlap.ts';
import { samePrefix } from '../net/prefix.ts';
import type { FirewallRule } from './rule.ts';

/**
 * The one among `rules` that drops packets of `session`, a single connection, which came in the
 * clear; `null` when they pass, as what this host sends to itself does in any case.
 */
export function ruleAgainst(
  rules: readonly FirewallRule[],
  { selector }: EssentialFlow,
): FirewallRule | null {
  if (samePrefix(selector.localAddress, selector.remoteAddress)) return null;
  if (LOOPBACK.some((loopback) => selectorsOverlap(loopback.selector, selector))) return null;
  const first = rules.find(
    (rule) => rule.hook === 'input' && selectorsOverlap(rule.selector, selector),
  );
  return first?.outcome === 'drop' ? first : null;
}

const LOOPBACK = ESSENTIAL_FLOWS.filter(({ kind }) => kind === 'loopback');

/**
 * Whether packets of `session` come in out of SAs of `contents`, and not otherwise: a policy asks for
 * that, not merely where it can be had (level `use`), and there are SAs for it.
 */
export function comesProtected(contents: Contents, session: EssentialFlow): boolean {
  return lockOuts(contents, [session]).some(
    ({ policy: { action, direction }, fate }) =>
      direction === 'inbound' &&
      fate === 'served' &&
      action.kind === 'protect' &&
      action.templates.some(({ level }) => level === 'require'),
  );
}
