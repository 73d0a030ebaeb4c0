/**
 * An SA without a replay window beside others with one.
 *
 * @module
 */
import { isAuthenticated } from '../../../ipsec/sa-parameters.ts';
import type { Rule } from '../rule.ts';
import { addressKey, type CheckedSetkey } from './checked-setkey.ts';

export const REPLAY_WINDOW_OFF: Rule<CheckedSetkey> = {
  code: 'replay-window-off',
  form: 'setkey',
  title: 'an inbound SA has no replay window, and another of its protocol has',
  severity: 'warning',
  reason:
    'Without -r old packets can be sent again. With keys from a file that is how it SHOULD be (RFC 4303 ' +
    '§5), since a host that starts again counts from 1; so a file without any -r is not told, only one ' +
    'that has it and left it out once. What is sent needs no window.',
  *find({ adds, ownAddresses }) {
    const guarded = new Set(adds.flatMap(({ sa }) => (sa.replayWindow > 0 ? [sa.protocol] : [])));
    for (const { sa, span } of adds) {
      if (sa.replayWindow > 0 || !guarded.has(sa.protocol) || !isAuthenticated(sa)) continue;
      if (ownAddresses.size > 0 && !ownAddresses.has(addressKey(sa.destination))) continue;
      yield {
        span,
        message: 'this SA has no replay window, and others have: old packets are taken again',
        fix: 'add -r 64, or leave it out everywhere',
      };
    }
  },
};
