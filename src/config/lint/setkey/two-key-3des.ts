/**
 * 3DES whose first and last keys are one.
 *
 * @module
 */
import { hasTwoDesKeys, INSECURE_3DES_CBC } from '../../../crypto/insecure/3des-cbc.ts';
import type { Rule } from '../rule.ts';
import type { CheckedSetkey } from './checked-setkey.ts';

export const TWO_KEY_3DES: Rule<CheckedSetkey> = {
  code: 'two-key-3des',
  form: 'setkey',
  title: 'a key of 3DES whose first and last thirds are the same',
  severity: 'warning',
  reason:
    'ESP uses 3DES with three keys (RFC 2451 §2.2). With two, who has collected many packets finds the ' +
    'key in far fewer than 2^112 steps. Two neighbouring thirds that are the same leave single DES, and ' +
    'such a file is refused altogether (weak-key).',
  *find({ keys }) {
    for (const { algorithm, secret, text } of keys) {
      if (algorithm !== INSECURE_3DES_CBC || !hasTwoDesKeys(secret)) continue;
      yield {
        span: text.span,
        message: 'the first and the last third of the key are the same',
        expected: 'three different keys of 64 bits (RFC 2451 §2.2)',
        fix: 'write -E aes-cbc and a key of 256 bits, on both hosts',
      };
    }
  },
};
