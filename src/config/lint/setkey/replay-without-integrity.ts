/**
 * A replay window that nobody can trust, and so is not used.
 *
 * @module
 */
import { isAuthenticated } from '../../../ipsec/sa-parameters.ts';
import type { Rule } from '../rule.ts';
import type { LoadedSetkey } from './loaded-setkey.ts';

export const REPLAY_WITHOUT_INTEGRITY: Rule<LoadedSetkey> = {
  code: 'replay-without-integrity',
  form: 'setkey',
  title: '-r on ESP without -A',
  severity: 'warning',
  reason:
    'Without integrity anybody can write any sequence number into a packet, so that a window would ' +
    'shut out the packets of the peer. It MUST NOT be on (RFC 4303 §3.4.3), and is not.',
  *find({ sas }) {
    for (const { sa, span } of sas) {
      if (sa.protocol !== 'esp' || isAuthenticated(sa) || sa.replayWindow === 0) continue;
      yield {
        span,
        message:
          '-r needs -A: without it sequence numbers can be forged, so the window is not used (RFC 4303 §3.4.3)',
        fix: 'add -A, or put -r on the AH SA that goes around this one',
      };
    }
  },
};
