/**
 * What comes must be protected, and what leaves is not.
 *
 * @module
 */
import { formatPrefix } from '../../../net/prefix.ts';
import type { Rule } from '../rule.ts';
import type { LoadedSetkey } from './loaded-setkey.ts';
import { withoutOpposite } from './one-way.ts';

export const MISSING_OUTBOUND_POLICY: Rule<LoadedSetkey> = {
  code: 'missing-outbound-policy',
  form: 'setkey',
  title: 'packets from a peer must be protected, those to it leave in the clear',
  severity: 'error',
  reason:
    'Without an outbound policy the answers leave in the clear, and a peer that asks for protection ' +
    'discards them.',
  find: (file) =>
    withoutOpposite(file, 'inbound', ({ policy }) => {
      const remote = formatPrefix(policy.selector.remoteAddress);
      return `packets from ${remote} must be protected, and no policy protects those to ${remote}: they leave in the clear`;
    }),
};
