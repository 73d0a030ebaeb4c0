/**
 * Digits in quotes: each counts as a character of 8 bits.
 *
 * @module
 */
import { generatorFor } from '../../setkey/compile-key.ts';
import type { Rule } from '../rule.ts';
import type { CheckedSetkey } from './checked-setkey.ts';
import { keysWith } from './key-fault.ts';

export const HEX_IN_QUOTES: Rule<CheckedSetkey> = {
  code: 'hex-in-quotes',
  form: 'setkey',
  title: 'hexadecimal digits in quotes, where each counts as 8 bits',
  severity: 'warning',
  reason:
    'In quotes a digit is a character: 32 of them are taken for a key of 256 bits, and 128 bits are in ' +
    'them. A peer that has the same digits behind 0x has another key.',
  *find(file) {
    for (const { key } of keysWith('hex-in-quotes', file)) {
      yield {
        span: key.text.span,
        message: `the key of ${key.clause.name.text} is ${key.secret.length} digits in quotes: ${key.secret.length * 4} bits that count as ${key.secret.bits}`,
        expected: 'digits behind 0x, without quotes',
        fix: generatorFor([key.secret.bits]),
      };
    }
  },
};
