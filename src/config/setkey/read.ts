/**
 * A setkey file, from text to steps: the one way in.
 *
 * ```text
 * text ── lexer ──► tokens ── parser ──► statements ── compile ──► steps
 *                                                                   └─ lint ──► warnings
 * ```
 *
 * Up to the steps everything happens one statement at a time: tokens and syntax tree of a statement
 * are gone when the next is read.
 *
 * @module
 */
import { type Diagnostic, Report } from '../diagnostic.ts';
import { SourceText } from '../source.ts';
import { compileScript, type Step } from './compile.ts';
import { CompileContext, type SetkeyOptions } from './compile-context.ts';
import { Lexer } from './lexer.ts';
import { lint } from './lint.ts';
import type { WantedNames } from './names.ts';
import { parseScript } from './parser.ts';

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
  const text = new SourceText(source.name, source.text);
  const lexer = new Lexer(text);
  const steps = compileScript(parseScript(lexer, report), text, context);
  lexer.skipRest();
  if (!report.hasErrors && !context.options.alone) lint(steps, context);
  return {
    steps: report.hasErrors ? [] : steps,
    diagnostics: report.diagnostics(text),
    wantedNames: context.wantedNames,
  };
}
