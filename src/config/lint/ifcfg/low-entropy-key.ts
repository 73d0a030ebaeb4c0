/**
 * Keys and pre-shared keys that somebody made up.
 *
 * @module
 */
import { LEAST_PSK_OCTETS } from '../guessable.ts';
import type { Rule } from '../rule.ts';
import type { CheckedIfcfg } from './checked-ifcfg.ts';
import { faultOf, generatorOf } from './key-fault.ts';

export const LOW_ENTROPY_KEY: Rule<CheckedIfcfg> = {
  code: 'low-entropy-key',
  form: 'ifcfg',
  title: 'a key that repeats itself, counts, or is words; a pre-shared key that is short',
  severity: 'error',
  reason:
    'Words and sequences are tried first. A pre-shared key can be tried without asking again by whoever ' +
    'pretends to be the peer (RFC 2409 §5.4, CVE-2018-5389).',
  *find({ keys }) {
    for (const key of keys) {
      const fault = faultOf(key);
      if (fault?.kind !== 'guessable') continue;
      const least = key.algorithm === null ? `${LEAST_PSK_OCTETS} octets or more` : 'octets';
      yield {
        span: key.variable.span,
        message: `${key.variable.name} can be guessed: ${fault.why}`,
        expected: `${least} that were drawn by lot`,
        fix: generatorOf(key),
      };
    }
  },
};
