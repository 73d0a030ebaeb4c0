/**
 * Rules, run over what was read.
 *
 * @module
 */
import type { Report } from '../diagnostic.ts';
import type { Rule } from './rule.ts';

/** Reports what `rules` find in `subject`, each with its own severity. */
export function lint<Subject>(
  rules: readonly Rule<Subject>[],
  subject: Subject,
  report: Report,
): void {
  for (const rule of rules) {
    for (const { span, message, severity = rule.severity, ...hints } of rule.find(subject)) {
      report[severity](rule.code, span, message, hints);
    }
  }
}

/** As {@link lint}, for a file about to be loaded: what it asks for can be done, so all are warnings. */
export function warn<Subject>(
  rules: readonly Rule<Subject>[],
  subject: Subject,
  report: Report,
): void {
  for (const rule of rules) {
    for (const { span, message, severity: _, ...hints } of rule.find(subject)) {
      report.warning(rule.code, span, message, hints);
    }
  }
}
