/**
 * Keys of characters that print.
 *
 * @module
 */
import { generatorFor } from '../../setkey/compile-key.ts';
import type { Rule } from '../rule.ts';
import type { CheckedSetkey } from './checked-setkey.ts';
import { keysWith } from './key-fault.ts';

export const TEXT_KEY: Rule<CheckedSetkey> = {
  code: 'text-key',
  form: 'setkey',
  title: 'a key that is characters, and not octets drawn by lot; told once for each',
  severity: 'warning',
  reason:
    'A character that somebody can type has 6 bits of 8 at best, and in a phrase about 2. No manual ' +
    'key is stretched, as passwords are: it is used as it stands.',
  *find(file) {
    for (const { key } of keysWith('text', file)) {
      yield {
        span: key.text.span,
        message: `the key of ${key.clause.name.text} is text: less is in it than ${key.secret.bits} bits`,
        expected: 'octets that were drawn by lot',
        fix: generatorFor([key.secret.bits]),
      };
    }
  },
};
