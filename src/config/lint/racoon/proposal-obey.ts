/**
 * `proposal_check obey`: whatever the peer likes.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import { type CheckedRacoon, nameOf } from './checked-racoon.ts';

export const PROPOSAL_OBEY: Rule<CheckedRacoon> = {
  code: 'proposal-obey',
  form: 'racoon',
  title: 'proposal_check obey',
  severity: 'warning',
  reason:
    'As a responder racoon then takes lifetimes, key lengths and perfect forward secrecy as the peer has ' +
    'them, be they longer, shorter or none.',
  *find(file) {
    for (const peer of file.peers) {
      if (peer.proposalCheck !== 'obey') continue;
      yield {
        span: file.spanOf(peer, 'proposal_check'),
        message: `${nameOf(peer)} decides alone about lifetimes, key lengths and perfect forward secrecy`,
        expected: 'strict, claim or exact',
        fix: 'write proposal_check claim, or strict',
      };
    }
  },
};
