/**
 * A tunnel for hosts behind this one, and nothing said of packets that pass through.
 *
 * @module
 */
import type { Policy } from '../../../ipsec/policy.ts';
import { SelectorIndex } from '../../../ipsec/selector-index.ts';
import { isHostPrefix } from '../../../net/prefix.ts';
import { formatSpdadd } from '../../setkey/statement-text.ts';
import type { Rule } from '../rule.ts';
import type { CheckedSetkey } from './checked-setkey.ts';

export const MISSING_FORWARD_POLICY: Rule<CheckedSetkey> = {
  code: 'missing-forward-policy',
  form: 'setkey',
  title: 'a tunnel to a network behind this host has no forward policy',
  severity: 'error',
  reason:
    'Linux looks up packets that pass through apart (fwd). Without such a policy what comes out of the ' +
    'tunnel for hosts behind is discarded, and what comes for them in the clear is let through. setkey ' +
    'makes one of each inbound policy, unless -k tells it not to.',
  *find({ spd, fwdTwins }) {
    // With twins only an explicit spddelete could take one away.
    if (fwdTwins) return;
    const guarded = new SelectorIndex();
    for (const { policy } of spd.forward.values()) {
      if (policy.action.kind !== 'bypass') guarded.add(policy.selector);
    }
    for (const [key, { policy, span }] of spd.inbound) {
      if (!isForOthers(policy) || spd.forward.has(key)) continue;
      if (guarded.includes(policy.selector)) continue;
      const missing = formatSpdadd({ ...policy, direction: 'forward' });
      yield {
        span,
        message:
          'hosts behind this one are at the end of a tunnel, and no policy is for what passes',
        fix: `add the statement ${missing}`,
        edit: {
          span: { start: span.start, end: span.start },
          text: `${missing}\n`,
          changesProtection: true,
        },
      };
    }
  },
};

/** Whether packets of the tunnel are for more than this host itself. */
function isForOthers({ action, selector }: Policy): boolean {
  if (action.kind !== 'protect' || isHostPrefix(selector.localAddress)) return false;
  return action.templates.some(({ mode }) => mode === 'tunnel');
}
