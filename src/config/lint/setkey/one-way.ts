/**
 * Traffic that policies protect one way, and nothing is said of the other.
 *
 * @module
 */

import { SelectorIndex } from '../../../ipsec/selector-index.ts';
import { formatSpdadd } from '../../setkey/statement-text.ts';
import type { Finding } from '../rule.ts';
import type { LoadedSetkey, PlacedPolicy } from './loaded-setkey.ts';

/**
 * Each protected `direction` whose mirror image is neither protected nor spoken of. `tell` makes the
 * message.
 */
export function* withoutOpposite(
  { spd }: LoadedSetkey,
  direction: 'outbound' | 'inbound',
  tell: (entry: PlacedPolicy) => string,
): Generator<Finding> {
  const opposite = direction === 'outbound' ? 'inbound' : 'outbound';
  let guarded: SelectorIndex | null = null;
  for (const [key, entry] of spd[direction]) {
    const { selector, action, priority } = entry.policy;
    if (action.kind !== 'protect' || spd[opposite].has(key)) continue;
    guarded ??= indexGuarded(spd[opposite].values());
    if (guarded.includes(selector)) continue;
    const missing = formatSpdadd({ direction: opposite, selector, action, priority });
    const before = { start: entry.span.start, end: entry.span.start };
    yield {
      span: entry.span,
      message: tell(entry),
      fix: `add the statement ${missing}`,
      edit: { span: before, text: `${missing}\n`, changesProtection: true },
    };
  }
}

/** The selectors of policies that let nothing pass unprotected. */
function indexGuarded(entries: Iterable<PlacedPolicy>): SelectorIndex {
  const guarded = new SelectorIndex();
  for (const { policy } of entries) {
    if (policy.action.kind !== 'bypass') guarded.add(policy.selector);
  }
  return guarded;
}
