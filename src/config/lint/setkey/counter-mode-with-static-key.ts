/**
 * Manual keys come back with every restart, and counters with them (RFC 8221 §3, RFC 4106 §2).
 *
 * @module
 */
import { isCounterMode } from '../../../crypto/algorithm.ts';
import type { Rule } from '../rule.ts';
import type { LoadedSetkey } from './loaded-setkey.ts';

export const COUNTER_MODE_WITH_STATIC_KEY: Rule<LoadedSetkey> = {
  code: 'counter-mode-with-static-key',
  form: 'setkey',
  title: 'a key from a file under AES-CTR, GCM, CCM, GMAC or ChaCha20',
  severity: 'error',
  reason:
    'These algorithms fail altogether when one IV is used twice under one key. A key that stands in a ' +
    'file is used again after each restart, and what counted the IVs has forgotten how far it was. ' +
    'RFC 8221 §3 forbids it.',
  *find({ sas }) {
    for (const { sa, span } of sas) {
      if (sa.encryption === null || !isCounterMode(sa.encryption.algorithm)) continue;
      const { name } = sa.encryption.algorithm;
      yield {
        span,
        message: `${name} with a key from a file: after a restart, IVs may repeat under it, and then whoever listens can read and forge packets`,
        expected: 'a key that a daemon negotiates anew each time (RFC 8221 §3)',
        fix: 'write -E aes-cbc and -A hmac-sha256, with a key each, on both hosts',
      };
    }
  },
};
