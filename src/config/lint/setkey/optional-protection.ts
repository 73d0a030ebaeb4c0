/**
 * `use` where `require` was meant.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import type { CheckedSetkey } from './checked-setkey.ts';

export const OPTIONAL_PROTECTION: Rule<CheckedSetkey> = {
  code: 'optional-protection',
  form: 'setkey',
  title: 'a rule of ESP or AH says use, and not require',
  severity: 'error',
  reason:
    'Under "use" packets leave in the clear while there is no SA, and are taken in the clear always: ' +
    'whoever can stop the SA, or forge an address, goes around it. IPComp, which packets may do ' +
    'without (RFC 3173 §2.2), is not told.',
  *find({ statements }) {
    for (const { statement } of statements) {
      if (statement.kind !== 'spdadd' && statement.kind !== 'spdupdate') continue;
      if (statement.policy.action?.text !== 'ipsec') continue;
      for (const { level, protocol } of statement.policy.rules) {
        if (level?.text !== 'use' || protocol.text === 'ipcomp') continue;
        const fate =
          statement.policy.direction.text === 'out'
            ? 'packets leave in the clear while there is no SA'
            : 'packets are taken in the clear';
        yield {
          span: level.span,
          message: `"use" asks for nothing: ${fate}`,
          expected: 'require',
          fix: 'write require',
          edit: { span: level.span, text: 'require', changesProtection: true },
        };
      }
    }
  },
};
