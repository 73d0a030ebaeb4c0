/**
 * A racoon.conf and the files that it includes, looked at with their rules.
 *
 * @module
 */
import { type Diagnostic, Report } from '../../diagnostic.ts';
import type { RacoonOptions } from '../../racoon/files.ts';
import { readRacoon } from '../../racoon/read.ts';
import type { CheckedText } from '../checked-text.ts';
import { lint } from '../lint.ts';
import { CheckedRacoon } from './checked-racoon.ts';
import { RACOON_RULES } from './rules.ts';

export interface RacoonCheck extends CheckedText {
  /** Patterns of files that nobody has looked for, each of which is an error. */
  readonly wantedFiles: readonly string[];
}

/**
 * Checks the racoon.conf `source`; never throws. As with setkey files, the rules are asked when nothing
 * is wrong with the language.
 */
export function checkRacoon(
  source: { readonly name: string; readonly text: string },
  options: RacoonOptions = {},
  ignored: ReadonlySet<string> = new Set(),
): RacoonCheck {
  const { configuration, files, diagnostics, wantedFiles } = readRacoon(source, options);
  const rules = RACOON_RULES.filter(({ code }) => !ignored.has(code));
  const found: Diagnostic[] = diagnostics.filter(
    ({ severity, code }) => severity === 'error' || !ignored.has(code),
  );
  for (const { source: text } of files) {
    if (configuration === null) break;
    const report = new Report();
    lint(rules, new CheckedRacoon(text, configuration), report);
    found.push(...report.diagnostics(text));
  }
  const names = files.map(({ source: { name } }) => name);
  const inOrder = inFileOrder(found, names);
  return { form: 'racoon', loads: configuration !== null, diagnostics: inOrder, wantedFiles };
}

/** `diagnostics` file by file, each in the order of its text. */
function inFileOrder(diagnostics: readonly Diagnostic[], files: readonly string[]): Diagnostic[] {
  return diagnostics.toSorted(
    (a, b) =>
      files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
}
