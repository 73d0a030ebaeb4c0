/**
 * A setkey file, from text to steps: the one way in.
 *
 * ```text
 * text ── lexer ──► tokens ── parser ──► statements ── compile ──► steps
 *                                                         └─ lint ──► warnings
 * ```
 *
 * @module
 */
import { type Diagnostic, Report } from '../diagnostic.ts';
import { type Location, SourceText } from '../source.ts';
import { type Command, compileScript } from './compile.ts';
import { CompileContext, type SetkeyOptions } from './compile-context.ts';
import { tokenize } from './lexer.ts';
import { lint } from './lint.ts';
import type { WantedNames } from './names.ts';
import { parseScript } from './parser.ts';

/** One statement, to be carried out before the next. */
export type Step = { readonly at: Location } & Command;

export interface SetkeyProgram {
  /** In the order of the file. Empty when there is any error: a file is applied whole or not. */
  readonly steps: readonly Step[];
  /** In the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
  /**
   * Names that nobody has looked up, each of which is an error: look them up and read the file again
   * with `options.names`.
   */
  readonly wantedNames: WantedNames;
}

/**
 * Reads a setkey file. Never throws: what is wrong with the text is in `diagnostics`.
 *
 * `name` is what diagnostics call the file. `text` must have been decoded from UTF-8, since keys in
 * quotes are turned back into octets that way.
 *
 * @example
 * ```ts
 * const { steps, diagnostics } = readSetkey({ name: 'alice.conf', text: 'flush; spdadd ...' });
 * for (const diagnostic of diagnostics) console.error(formatDiagnostic(diagnostic));
 * for (const step of steps) if (step.kind === 'change') await backend.commit(step.changes);
 * ```
 */
export function readSetkey(
  source: { readonly name: string; readonly text: string },
  options: SetkeyOptions = {},
): SetkeyProgram {
  const report = new Report();
  const context = new CompileContext(report, options);
  const tokens = tokenize(source.text);
  const secrets = tokens.filter((token) => token.secret);
  const text = new SourceText(source.name, source.text, secrets);
  const compiled = compileScript(parseScript(tokens, report), context);
  if (!report.hasErrors) lint(compiled, context);
  const steps = report.hasErrors
    ? []
    : compiled.map(({ statement, command }) => ({ at: text.location(statement.span), ...command }));
  return { steps, diagnostics: report.diagnostics(text), wantedNames: context.wantedNames };
}
