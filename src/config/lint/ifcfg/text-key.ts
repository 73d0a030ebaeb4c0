/**
 * Keys of characters that print.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import type { CheckedIfcfg } from './checked-ifcfg.ts';
import { faultOf, generatorOf } from './key-fault.ts';

export const TEXT_KEY: Rule<CheckedIfcfg> = {
  code: 'text-key',
  form: 'ifcfg',
  title: 'a manual key that is characters, and not octets drawn by lot',
  severity: 'warning',
  reason:
    'A character that somebody can type has 6 bits of 8 at best. No manual key is stretched, as passwords ' +
    'are: it is used as it stands.',
  *find({ keys }) {
    for (const key of keys) {
      if (faultOf(key)?.kind !== 'text') continue;
      yield {
        span: key.variable.span,
        message: `${key.variable.name} is text: less is in it than ${key.secret.bits} bits`,
        expected: 'octets that were drawn by lot',
        fix: generatorOf(key),
      };
    }
  },
};
