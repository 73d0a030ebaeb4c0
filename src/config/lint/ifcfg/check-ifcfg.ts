/**
 * The files of an interface of Red Hat's network scripts, looked at with their rules.
 *
 * @module
 */
import { type Diagnostic, Report } from '../../diagnostic.ts';
import { Environment, type IfcfgFile } from '../../ifcfg/environment.ts';
import type { IpsecInterface } from '../../ifcfg/interface.ts';
import { IFCFG_WARNINGS } from '../../ifcfg/language-warnings.ts';
import { type IfcfgOptions, readIfcfg } from '../../ifcfg/read.ts';
import type { CheckedText } from '../checked-text.ts';
import { lint } from '../lint.ts';
import type { FileFacts } from '../rule.ts';
import { CheckedIfcfg } from './checked-ifcfg.ts';
import { IFCFG_RULES } from './rules.ts';

/** A file of the interface and what is known of it. */
export interface KnownFile extends IfcfgFile {
  readonly facts: FileFacts;
}

/**
 * Checks the interface `name` by `files`, in the order of `filesOf`; never throws. The rules are asked
 * when no file has an error.
 */
export function checkIfcfg(
  name: string,
  files: readonly KnownFile[],
  options: IfcfgOptions = {},
  ignored: ReadonlySet<string> = new Set(),
): CheckedText {
  const { interface: wanted, diagnostics: read } = readIfcfg(name, files, options);
  const told = read
    .filter(({ severity, code }) => severity === 'error' || !ignored.has(code))
    .map(weighed);
  const found = wanted === null ? [] : findings(files, wanted, ignored);
  const diagnostics = files.flatMap((file) =>
    [...told, ...found]
      .filter((diagnostic) => diagnostic.file === file.name)
      .toSorted((a, b) => a.line - b.line || a.column - b.column),
  );
  return { form: 'ifcfg', loads: wanted !== null, diagnostics };
}

/** With the severity of the table: to the reader, what can be carried out is a warning. */
function weighed(diagnostic: Diagnostic): Diagnostic {
  const entry = IFCFG_WARNINGS.find(({ code }) => code === diagnostic.code);
  return entry === undefined ? diagnostic : { ...diagnostic, severity: entry.severity };
}

function findings(
  files: readonly KnownFile[],
  wanted: IpsecInterface,
  ignored: ReadonlySet<string>,
): readonly Diagnostic[] {
  const environment = new Environment(files);
  const rules = IFCFG_RULES.filter(({ code }) => !ignored.has(code));
  return environment.sources.flatMap((source, place) => {
    const facts = files[place]?.facts ?? { mode: null };
    const report = new Report();
    lint(rules, new CheckedIfcfg(source, facts, wanted, environment), report);
    return report.diagnostics(source);
  });
}
