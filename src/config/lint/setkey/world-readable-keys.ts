/**
 * Keys that every user of the host can read.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import type { CheckedSetkey } from './checked-setkey.ts';

export const WORLD_READABLE_KEYS: Rule<CheckedSetkey> = {
  code: 'world-readable-keys',
  form: 'setkey',
  title: 'the file holds keys, and every user may read it',
  severity: 'error',
  reason:
    'Whoever has the keys reads and forges packets; every program on the host can read this file.',
  *find({ facts, keys, source }) {
    const [first] = keys;
    if (first === undefined || facts.mode === null || (facts.mode & OTHERS_READ) === 0) return;
    yield {
      span: first.clause.name.span,
      message: `the file holds keys, and every user may read it (mode ${octal(facts.mode)})`,
      expected: 'mode 600, or 640 and a group for those who load it',
      fix: `run chmod 600 ${source.name}`,
    };
  },
};

/** `0644` */
function octal(mode: number): string {
  return `0${(mode & 0o777).toString(8)}`;
}

const OTHERS_READ = 0o004;
