/**
 * Files with keys that others may use.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import type { CheckedIfcfg } from './checked-ifcfg.ts';

export const OPEN_KEYS_FILE: Rule<CheckedIfcfg> = {
  code: 'open-keys-file',
  form: 'ifcfg',
  title: 'others than the owner may read or write a file with keys',
  severity: 'error',
  reason:
    'Whoever has the keys reads and forges packets. The scripts never looked; ifup-ipsec refuses such a ' +
    'file, be it called keys-NAME or not.',
  *find({ facts, secrets, source }) {
    const [first] = secrets;
    if (first === undefined || facts.mode === null || (facts.mode & OTHERS) === 0) return;
    yield {
      span: first.span,
      message: `others may use the keys of this file (mode 0${(facts.mode & 0o777).toString(8)}), and ifup-ipsec refuses it`,
      expected: 'mode 600',
      fix: `run chmod 600 ${source.name}`,
    };
  },
};

/** Any permission of the group and of others. */
const OTHERS = 0o077;
