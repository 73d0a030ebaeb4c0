/**
 * Policies that anybody may have made.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import { type CheckedRacoon, nameOf } from './checked-racoon.ts';

export const POLICY_FOR_ANYBODY: Rule<CheckedRacoon> = {
  code: 'policy-for-anybody',
  form: 'racoon',
  title: 'generate_policy for a peer at any address',
  severity: 'error',
  reason:
    'The peer says which packets its policy is for. Whoever passes phase 1 of "remote anonymous" can draw ' +
    'the packets of others to himself.',
  *find(file) {
    for (const peer of file.peers) {
      if (peer.address !== null || peer.generatePolicy === 'off') continue;
      yield {
        span: file.spanOf(peer, 'generate_policy'),
        message: `${nameOf(peer)} has policies made for whatever packets it names`,
        expected: 'generate_policy off, or a remote for each peer by its address',
        fix: 'write policies with setkey, and generate_policy off',
      };
    }
  },
};
