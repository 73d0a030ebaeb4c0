/**
 * A setkey file, looked at with all rules.
 *
 * @module
 */
import { Report } from '../../diagnostic.ts';
import type { SetkeyOptions } from '../../setkey/compile-context.ts';
import type { WantedNames } from '../../setkey/names.ts';
import { compileText } from '../../setkey/read.ts';
import type { Statement } from '../../setkey/syntax.ts';
import type { CheckedText } from '../checked-text.ts';
import { lint } from '../lint.ts';
import type { FileFacts } from '../rule.ts';
import { CheckedSetkey } from './checked-setkey.ts';
import { SETKEY_RULES } from './rules.ts';

export interface SetkeyCheck extends CheckedText {
  /** `null` where the file has an error: it cannot be told what it would do. */
  readonly file: CheckedSetkey | null;
  /** Names that nobody has looked up, each of which is an error. */
  readonly wantedNames: WantedNames;
}

/**
 * Checks the setkey file `source`; never throws. What is wrong with the language is told first, and
 * alone: the rules ask files that can be loaded. Rules and warnings whose codes are `ignored` are left
 * out.
 */
export function checkSetkey(
  source: { readonly name: string; readonly text: string },
  facts: FileFacts,
  options: SetkeyOptions = {},
  ignored: ReadonlySet<string> = new Set(),
): SetkeyCheck {
  const report = new Report(ignored);
  const statements: Statement[] = [];
  const { text, context, steps } = compileText(source, options, report, (statement) =>
    statements.push(statement),
  );
  const file = report.hasErrors ? null : new CheckedSetkey(text, facts, statements, steps, context);
  const rules = SETKEY_RULES.filter(({ code }) => !ignored.has(code));
  if (file !== null) lint(rules, file, report);
  return {
    form: 'setkey',
    loads: file !== null,
    file,
    diagnostics: report.diagnostics(text),
    wantedNames: context.wantedNames,
  };
}
