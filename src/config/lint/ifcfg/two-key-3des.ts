/**
 * 3DES whose first and last keys are one.
 *
 * @module
 */
import { hasTwoDesKeys, INSECURE_3DES_CBC } from '../../../crypto/insecure/3des-cbc.ts';
import type { Rule } from '../rule.ts';
import type { CheckedIfcfg } from './checked-ifcfg.ts';

export const TWO_KEY_3DES: Rule<CheckedIfcfg> = {
  code: 'two-key-3des',
  form: 'ifcfg',
  title: 'a key of 3DES whose first and last thirds are the same',
  severity: 'warning',
  reason:
    'ESP uses 3DES with three keys (RFC 2451 §2.2). With two, who has collected many packets finds the ' +
    'key in far fewer than 2^112 steps.',
  *find({ keys }) {
    for (const { variable, algorithm, secret } of keys) {
      if (algorithm !== INSECURE_3DES_CBC || !hasTwoDesKeys(secret)) continue;
      yield {
        span: variable.span,
        message: `the first and the last third of ${variable.name} are the same`,
        expected: 'three different keys of 64 bits (RFC 2451 §2.2)',
        fix: 'write ESP_PROTO=aes-cbc and a key of 256 bits, on both hosts',
      };
    }
  },
};
