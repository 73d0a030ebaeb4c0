/**
 * Algorithms that nobody should choose today, each told once, where it is first used.
 *
 * @module
 */
import type { AlgorithmNames } from '../../../crypto/algorithm.ts';
import { INSECURE_BLOWFISH_CBC } from '../../../crypto/insecure/blowfish-cbc.ts';
import { INSECURE_DES_CBC } from '../../../crypto/insecure/des-cbc.ts';
import { INSECURE_HMAC_MD5 } from '../../../crypto/insecure/hmac-md5.ts';
import type { Rule } from '../rule.ts';
import type { LoadedSetkey } from './loaded-setkey.ts';

export const WEAK_ALGORITHM: Rule<LoadedSetkey> = {
  code: 'weak-algorithm',
  form: 'setkey',
  title:
    'DES, 3DES, Blowfish, CAST-128, HMAC-SHA-1, HMAC-RIPEMD-160 or HMAC-MD5 is used; told once for each',
  severity: 'warning',
  reason:
    'RFC 8221 §5 and §6 and RFC 9395 tell which algorithms to leave. Those that RFC 8221 forbids (MUST ' +
    'NOT: DES, Blowfish, HMAC-MD5) are errors; the others are still met at old peers.',
  *find({ algorithms }) {
    for (const [algorithm, span] of algorithms) {
      const { name, weakness } = algorithm;
      if (weakness === null) continue;
      yield {
        span,
        message: `${name} is weak: ${weakness}`,
        severity: FORBIDDEN.has(algorithm) ? 'error' : 'warning',
      };
    }
  },
};

/** MUST NOT: RFC 8221 §5 for ciphers, §6 for integrity. */
const FORBIDDEN: ReadonlySet<AlgorithmNames> = new Set<AlgorithmNames>([
  INSECURE_DES_CBC,
  INSECURE_BLOWFISH_CBC,
  INSECURE_HMAC_MD5,
]);
