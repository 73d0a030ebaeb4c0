/**
 * A psk.txt, looked at with its rules.
 *
 * @module
 */
import { Report } from '../../diagnostic.ts';
import { readPsk } from '../../racoon/read-psk.ts';
import { SourceText } from '../../source.ts';
import type { CheckedText } from '../checked-text.ts';
import { lint } from '../lint.ts';
import type { FileFacts, Rule } from '../rule.ts';
import type { CheckedPsk } from './checked-psk.ts';
import { LOW_ENTROPY_PSK } from './low-entropy-psk.ts';
import { OPEN_PSK_FILE } from './open-psk-file.ts';
import { PUBLISHED_PSK } from './published-psk.ts';

export const PSK_RULES: readonly Rule<CheckedPsk>[] = [
  PUBLISHED_PSK,
  LOW_ENTROPY_PSK,
  OPEN_PSK_FILE,
];

/** Checks the psk.txt `source`; never throws. The rules are asked when its language has no error. */
export function checkPsk(
  { name, text }: { readonly name: string; readonly text: string },
  facts: FileFacts,
  ignored: ReadonlySet<string> = new Set(),
): CheckedText {
  const { keys, diagnostics } = readPsk({ name, text });
  const source = new SourceText(name, text);
  for (const { at } of keys) {
    const start = source.offset(at.line, at.column) + at.text.length;
    const newline = text.indexOf('\n', start);
    source.hide(start, newline === -1 ? text.length : newline);
  }
  const report = new Report();
  lint(
    PSK_RULES.filter(({ code }) => !ignored.has(code)),
    { source, facts, keys },
    report,
  );
  const told = diagnostics.filter(
    ({ severity, code }) => severity === 'error' || !ignored.has(code),
  );
  const all = [...told, ...report.diagnostics(source)];
  return {
    form: 'psk',
    loads: !told.some(({ severity }) => severity === 'error'),
    diagnostics: all.toSorted((a, b) => a.line - b.line || a.column - b.column),
  };
}
