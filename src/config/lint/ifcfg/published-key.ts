/**
 * Keys and pre-shared keys that stand in how-tos, manuals and samples.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import type { CheckedIfcfg } from './checked-ifcfg.ts';
import { faultOf, generatorOf } from './key-fault.ts';

export const PUBLISHED_KEY: Rule<CheckedIfcfg> = {
  code: 'published-key',
  form: 'ifcfg',
  title: 'a key or pre-shared key that is printed in how-tos, manuals or samples',
  severity: 'error',
  reason: 'Whoever read the same page has the key, and tries it first.',
  *find({ keys }) {
    for (const key of keys) {
      if (faultOf(key)?.kind !== 'published') continue;
      yield {
        span: key.variable.span,
        message: `${key.variable.name} is printed in how-tos: everybody has it`,
        expected: 'a key that was drawn by lot and is written nowhere else',
        fix: generatorOf(key),
      };
    }
  },
};
