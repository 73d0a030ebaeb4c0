/**
 * Files that every user of the host can change.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import type { CheckedSetkey } from './checked-setkey.ts';

export const WORLD_WRITABLE_FILE: Rule<CheckedSetkey> = {
  code: 'world-writable-file',
  form: 'setkey',
  title: 'every user may write the file',
  severity: 'error',
  reason: 'Whoever can write it decides what is protected, and with which keys.',
  *find({ facts, statements, source }) {
    const [first] = statements;
    if (first === undefined || facts.mode === null || (facts.mode & OTHERS_WRITE) === 0) return;
    yield {
      span: first.statement.span,
      message: 'every user may write this file, and so decide what is protected',
      fix: `run chmod go-w ${source.name}`,
    };
  },
};

const OTHERS_WRITE = 0o002;
