/**
 * One key for several purposes.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import { keyIdentity } from '../setkey/key-identity.ts';
import type { CheckedIfcfg } from './checked-ifcfg.ts';
import { generatorOf } from './key-fault.ts';
import type { UsedKey } from './used-key.ts';

export const REUSED_KEY: Rule<CheckedIfcfg> = {
  code: 'reused-key',
  form: 'ifcfg',
  title: 'one key for both directions, for both cipher and integrity, or for both ESP and AH',
  severity: 'warning',
  reason:
    'Each direction of each SA has keys of its own (RFC 4301 §4.1): with one for both, packets can be sent ' +
    'back to where they came from, and one key that gets known gives all away.',
  *find(file) {
    const uses = new Map<string, UsedKey[]>();
    for (const key of file.allKeys) {
      if (key.algorithm === null) continue;
      const identity = keyIdentity(key.algorithm, key.secret);
      uses.set(identity, [...(uses.get(identity) ?? []), key]);
    }
    for (const [first, next, ...more] of uses.values()) {
      if (first === undefined || next === undefined) continue;
      const other = [next, ...more].find(({ variable }) => variable !== first.variable);
      const at = other ?? first;
      if (!file.has(at.variable)) continue;
      yield { span: at.variable.span, ...(other ? sameAs(first, other) : bothWays(first)) };
    }
  },
};

function sameAs(first: UsedKey, other: UsedKey) {
  return {
    message: `${other.variable.name} is the same key as ${first.variable.name}`,
    expected: 'a key of its own for each algorithm of each direction',
    fix: generatorOf(other),
  };
}

function bothWays({ variable: { name } }: UsedKey) {
  return {
    message: `${name} is for both directions`,
    expected: `${name}_IN and ${name}_OUT, a key of its own for each direction`,
    fix: `write ${name}_IN and ${name}_OUT in its place; the peer has them the other way round`,
  };
}
