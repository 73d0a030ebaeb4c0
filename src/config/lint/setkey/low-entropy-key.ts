/**
 * Keys that somebody made up.
 *
 * @module
 */
import { generatorFor } from '../../setkey/compile-key.ts';
import type { Rule } from '../rule.ts';
import type { CheckedSetkey } from './checked-setkey.ts';
import { keysWith } from './key-fault.ts';

export const LOW_ENTROPY_KEY: Rule<CheckedSetkey> = {
  code: 'low-entropy-key',
  form: 'setkey',
  title: 'a key that repeats itself, counts, or is words; told once for each',
  severity: 'error',
  reason:
    'A key is as strong as it is hard to guess. Repeated octets, sequences and words are tried first; ' +
    'a key that was drawn by lot looks like one of these once in 2^38 times.',
  *find(file) {
    for (const { key, fault } of keysWith('guessable', file)) {
      yield {
        span: key.text.span,
        message: `the key of ${key.clause.name.text} can be guessed: ${fault.why}`,
        expected: 'octets that were drawn by lot',
        fix: generatorFor([key.secret.bits]),
      };
    }
  },
};
