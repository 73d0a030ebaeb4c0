/**
 * Policies that contradict each other about some packets, where nothing but their order decides.
 *
 * @module
 */
import { SelectorIndex } from '../../../ipsec/selector-index.ts';
import { selectorsOverlap } from '../../../ipsec/selector-overlap.ts';
import type { Rule } from '../rule.ts';
import type { CheckedSetkey } from './checked-setkey.ts';
import type { PlacedPolicy } from './loaded-setkey.ts';
import { inOrder } from './policy-order.ts';

export const OVERLAPPING_POLICIES: Rule<CheckedSetkey> = {
  code: 'overlapping-policies',
  form: 'setkey',
  title: 'two policies of one priority say different things of some packets',
  severity: 'warning',
  reason:
    'Neither is an exception to the other, and which is asked first hangs on the order in which they ' +
    'were loaded: a reload of a part turns it round. An exception before what it is excepted from is ' +
    'not told.',
  *find(file) {
    for (const direction of ['outbound', 'inbound'] as const) {
      const entries = inOrder(file.spd[direction].values()).slice(0, MOST_COMPARED);
      for (const [at, entry] of entries.entries()) {
        const other = entries.slice(0, at).find((before) => contradicts(before, entry));
        if (other === undefined) continue;
        const line = file.lineOf(other.span.start);
        yield {
          span: entry.span,
          message: `this policy and that of line ${line} say different things of some packets, and their order alone decides`,
          expected: 'different priorities, or selectors that have nothing or all in common',
          fix: 'give the one that shall win a priority: prio 1',
        };
      }
    }
  },
};

function contradicts(a: PlacedPolicy, b: PlacedPolicy): boolean {
  if (a.policy.priority !== b.policy.priority) return false;
  if (a.policy.action.kind === b.policy.action.kind) return false;
  const { selector } = a.policy;
  if (!selectorsOverlap(selector, b.policy.selector)) return false;
  return !includes(a, b) && !includes(b, a);
}

function includes(wide: PlacedPolicy, narrow: PlacedPolicy): boolean {
  const index = new SelectorIndex();
  index.add(wide.policy.selector);
  return index.includes(narrow.policy.selector);
}

/** Every pair is looked at: of more policies than this, those beyond are left out. */
const MOST_COMPARED = 2000;
