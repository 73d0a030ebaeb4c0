/**
 * Files that every user of the host can change.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import type { CheckedIfcfg } from './checked-ifcfg.ts';

export const WORLD_WRITABLE_FILE: Rule<CheckedIfcfg> = {
  code: 'world-writable-file',
  form: 'ifcfg',
  title: 'every user may write a file without keys',
  severity: 'error',
  reason:
    'Whoever can write it decides what is protected. One with keys is told as open-keys-file.',
  *find({ facts, secrets, source, variables }) {
    const [first] = variables;
    if (first === undefined || secrets.length > 0) return;
    if (facts.mode === null || (facts.mode & OTHERS_WRITE) === 0) return;
    yield {
      span: first.span,
      message: 'every user may write this file, and so decide what is protected',
      fix: `run chmod go-w ${source.name}`,
    };
  },
};

const OTHERS_WRITE = 0o002;
