/**
 * A setkey file, from text to steps: the one way in.
 *
 * ```text
 * text ── lexer ──► tokens ── parser ──► statements ── compile ──► steps
 *                                                                   └─ rules of lint/ ──► warnings
 * ```
 *
 * Up to the steps everything happens one statement at a time: tokens and syntax tree of a statement
 * are gone when the next is read.
 *
 * @module
 */
import { type Diagnostic, Report } from '../diagnostic.ts';
import { warn } from '../lint/lint.ts';
import { LoadedSetkey } from '../lint/setkey/loaded-setkey.ts';
import { LOADING_RULES } from '../lint/setkey/loading-rules.ts';
import { SourceText } from '../source.ts';
import { compileScript, type Step } from './compile.ts';
import { CompileContext, type SetkeyOptions } from './compile-context.ts';
import { Lexer } from './lexer.ts';
import type { WantedNames } from './names.ts';
import { parseScript } from './parser.ts';
import type { Statement } from './syntax.ts';
import { refuseOtherLanguage } from './wrong-language.ts';

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
  const { text, context, steps } = compileText(source, options, report);
  if (!report.hasErrors && !context.options.alone) {
    warn(LOADING_RULES, new LoadedSetkey(steps, context), report);
  }
  return {
    steps: report.hasErrors ? [] : steps,
    diagnostics: report.diagnostics(text),
    wantedNames: context.wantedNames,
  };
}

/** A file, compiled, and what became of it on the way. */
export interface CompiledText {
  readonly text: SourceText;
  readonly context: CompileContext;
  /** Of the statements without an error. */
  readonly steps: readonly Step[];
}

/**
 * Compiles `source` and reports what is wrong with it, and nothing that takes the whole file to see.
 * `seen` is given each statement that could be parsed: nobody else keeps them.
 */
export function compileText(
  source: { readonly name: string; readonly text: string },
  options: SetkeyOptions,
  report: Report,
  seen: (statement: Statement) => void = () => {},
): CompiledText {
  const context = new CompileContext(report, options);
  const text = new SourceText(source.name, source.text);
  if (!context.options.alone && refuseOtherLanguage(text, report))
    return { text, context, steps: [] };
  const lexer = new Lexer(text);
  const steps = compileScript(watched(parseScript(lexer, report), seen), text, context);
  lexer.skipRest();
  return { text, context, steps };
}

function* watched(
  statements: Iterable<Statement>,
  seen: (statement: Statement) => void,
): Generator<Statement> {
  for (const statement of statements) {
    seen(statement);
    yield statement;
  }
}
