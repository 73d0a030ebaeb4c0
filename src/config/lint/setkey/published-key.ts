/**
 * Keys that stand in how-tos, manuals and samples.
 *
 * @module
 */
import { generatorFor } from '../../setkey/compile-key.ts';
import type { Rule } from '../rule.ts';
import type { CheckedSetkey } from './checked-setkey.ts';
import { keysWith } from './key-fault.ts';

export const PUBLISHED_KEY: Rule<CheckedSetkey> = {
  code: 'published-key',
  form: 'setkey',
  title: 'a key that is printed in how-tos, manuals or samples; told once for each',
  severity: 'error',
  reason:
    'Whoever read the same page has the key, and tries it first. Of those keys only hashes are kept ' +
    'here.',
  *find(file) {
    for (const { key } of keysWith('published', file)) {
      yield {
        span: key.text.span,
        message: `the key of ${key.clause.name.text} is printed in how-tos: everybody has it`,
        expected: 'a key that was drawn by lot and is written nowhere else',
        fix: generatorFor([key.secret.bits]),
      };
    }
  },
};
