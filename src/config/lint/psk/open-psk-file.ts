/**
 * A psk.txt that others may use.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import { type CheckedPsk, identitySpan } from './checked-psk.ts';

export const OPEN_PSK_FILE: Rule<CheckedPsk> = {
  code: 'open-psk-file',
  form: 'psk',
  title: 'others than the owner may read or write psk.txt',
  severity: 'error',
  reason:
    'Whoever has the key can pretend to be either host. racoon refuses the file, and tells so only when a ' +
    'negotiation fails.',
  *find(file) {
    const { facts, keys, source } = file;
    const [first] = keys;
    if (first === undefined || facts.mode === null || (facts.mode & OTHERS) === 0) return;
    yield {
      span: identitySpan(first, file),
      message: `others may use the keys of this file (mode 0${(facts.mode & 0o777).toString(8)}), and racoon refuses it`,
      expected: 'mode 600',
      fix: `run chmod 600 ${source.name}`,
    };
  },
};

/** Any permission of the group and of others. */
const OTHERS = 0o077;
