/**
 * Policies of quick mode for a remote that is not there.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import { type CheckedRacoon, nameOf } from './checked-racoon.ts';

export const UNUSED_SAINFO: Rule<CheckedRacoon> = {
  code: 'unused-sainfo',
  form: 'racoon',
  title: 'a sainfo whose remoteid no remote has',
  severity: 'warning',
  reason: 'Nobody comes to it: the ph1id of a remote says which sainfos are for that peer.',
  *find(file) {
    for (const policy of file.policies) {
      const { remoteId } = policy;
      if (remoteId === 0 || file.all.peers.some(({ phase1Id }) => phase1Id === remoteId)) continue;
      yield {
        span: file.spanOf(policy, 'remoteid'),
        message: `${nameOf(policy)} is for remotes with ph1id ${remoteId}, and there is none`,
        fix: `write ph1id ${remoteId} into the remote, or leave remoteid out`,
      };
    }
  },
};
