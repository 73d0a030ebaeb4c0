/**
 * One key for several purposes.
 *
 * @module
 */
import { generatorFor } from '../../setkey/compile-key.ts';
import type { Rule } from '../rule.ts';
import type { CheckedSetkey, PlacedKey } from './checked-setkey.ts';
import { keyIdentity } from './key-identity.ts';

export const REUSED_KEY: Rule<CheckedSetkey> = {
  code: 'reused-key',
  form: 'setkey',
  title: 'one key for several SAs, for both directions, or for both cipher and integrity',
  severity: 'warning',
  reason:
    'Each direction of each SA has keys of its own (RFC 4301 §4.1): with one for all, packets can be ' +
    'sent back where they came from or into another SA, and one key that gets known gives all away. ' +
    'Keys of DES that differ in nothing but parity are the same: no kernel looks at it.',
  *find(file) {
    const uses = new Map<string, PlacedKey[]>();
    for (const key of file.keys) {
      const identity = keyIdentity(key.algorithm, key.secret);
      uses.set(identity, [...(uses.get(identity) ?? []), key]);
    }
    for (const [first, second, ...more] of uses.values()) {
      if (first === undefined || second === undefined) continue;
      const others = more.length === 0 ? '' : `, and stands in ${more.length} more places`;
      yield {
        span: second.text.span,
        message: `the key of ${second.clause.name.text} is that of ${first.clause.name.text} in line ${file.lineOf(first.text.span.start)}${others}`,
        expected: 'a key of its own for each algorithm of each SA',
        fix: generatorFor([second.secret.bits]),
      };
    }
  },
};
