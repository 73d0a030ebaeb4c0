/**
 * Policies that are never asked, because others are asked before about all their packets.
 *
 * @module
 */
import type { Policy } from '../../../ipsec/policy.ts';
import { SelectorIndex } from '../../../ipsec/selector-index.ts';
import type { Rule } from '../rule.ts';
import type { CheckedSetkey } from './checked-setkey.ts';
import type { PlacedPolicy } from './loaded-setkey.ts';
import { inOrder } from './policy-order.ts';

export const SHADOWED_POLICY: Rule<CheckedSetkey> = {
  code: 'shadowed-policy',
  form: 'setkey',
  title: 'a policy is never reached: another is asked first about all its packets',
  severity: 'warning',
  reason:
    'Policies are asked by their priority, and those of one priority in the order of the file; the ' +
    'first that fits decides (RFC 4301 §4.4.1). Where packets pass in the clear that the policy would ' +
    'protect or discard, it is an error.',
  *find(file) {
    for (const direction of ['outbound', 'inbound', 'forward'] as const) {
      const asked = new SelectorIndex<PlacedPolicy>();
      for (const entry of inOrder(file.spd[direction].values())) {
        const before = asked.including(entry.policy.selector)?.value;
        asked.add(entry.policy.selector, entry);
        // The twin of an inbound policy has that one's fate, which has been told.
        if (before === undefined || isTwin(entry, file)) continue;
        const line = file.lineOf(before.span.start);
        yield {
          span: entry.span,
          severity: opens(before.policy, entry.policy) ? 'error' : 'warning',
          message: `this policy is never reached: that of line ${line} is asked first about all its packets, and ${FATES[before.policy.action.kind]} them`,
          fix: `write it above line ${line}, or give it a priority above that one: prio 1`,
        };
      }
    }
  },
};

function isTwin({ policy, span }: PlacedPolicy, { spd }: CheckedSetkey): boolean {
  if (policy.direction !== 'forward') return false;
  return [...spd.inbound.values()].some((inbound) => inbound.span.start === span.start);
}

/** Whether `before` lets pass what `policy` would not. */
function opens(before: Policy, policy: Policy): boolean {
  return before.action.kind === 'bypass' && policy.action.kind !== 'bypass';
}

const FATES = { discard: 'discards', bypass: 'passes', protect: 'protects' } as const;
