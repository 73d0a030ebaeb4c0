/**
 * What leaves is protected, and what comes back need not be.
 *
 * @module
 */
import { formatPrefix } from '../../../net/prefix.ts';
import type { Rule } from '../rule.ts';
import type { LoadedSetkey } from './loaded-setkey.ts';
import { withoutOpposite } from './one-way.ts';

export const MISSING_INBOUND_POLICY: Rule<LoadedSetkey> = {
  code: 'missing-inbound-policy',
  form: 'setkey',
  title: 'packets to a peer are protected, those from it are taken in the clear',
  severity: 'error',
  reason:
    'Without an inbound policy that asks for protection the host takes packets in the clear, from ' +
    'anybody who writes the address of the peer into them (RFC 4301 §5.2).',
  find: (file) =>
    withoutOpposite(file, 'outbound', ({ policy }) => {
      const remote = formatPrefix(policy.selector.remoteAddress);
      return `packets to ${remote} are protected, and no policy asks the same of those from ${remote}: they are accepted in the clear, from anybody`;
    }),
};
