/**
 * Peers with whom phase 2 cannot be.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import { type CheckedRacoon, nameOf } from './checked-racoon.ts';

export const MISSING_SAINFO: Rule<CheckedRacoon> = {
  code: 'missing-sainfo',
  form: 'racoon',
  title: 'a remote that no sainfo is for',
  severity: 'warning',
  reason:
    'Phase 1 succeeds, and then no SA comes about: nothing says what quick mode may agree on. A file that ' +
    'another one includes leaves that to the other.',
  *find(file) {
    for (const peer of file.peers) {
      const { phase1Id } = peer;
      if (
        file.all.quickModePolicies.some(({ remoteId }) => remoteId === 0 || remoteId === phase1Id)
      ) {
        continue;
      }
      const remoteId = phase1Id === 0 ? '' : ` remoteid ${phase1Id};`;
      yield {
        span: file.spanOf(peer, 'ph1id'),
        message: `no sainfo is for ${nameOf(peer)}: phase 2 fails`,
        fix: `add sainfo anonymous {${remoteId} ${ALGORITHMS} }`,
      };
    }
  },
};

/** What is offered and taken. */
const ALGORITHMS =
  'encryption_algorithm aes 256; authentication_algorithm hmac_sha256; compression_algorithm deflate;';
