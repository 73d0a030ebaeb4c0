/**
 * A racoon.conf, from text to a configuration: the one way in.
 *
 * ```text
 * text ── lexer ──► tokens ── parser ──► statements ── compile ──► configuration
 *                                             ▲             │
 *                                             └── include ──┘
 * ```
 *
 * @module
 */
import type { Diagnostic } from '../diagnostic.ts';
import type { SourceText } from '../source.ts';
import { Compiler } from './compile.ts';
import type { RacoonConfiguration } from './configuration.ts';
import type { NamedText, RacoonOptions } from './files.ts';
import type { Statement } from './syntax.ts';

export interface RacoonProgram {
  /** `null` when there is any error: a configuration is taken whole or not. */
  readonly configuration: RacoonConfiguration | null;
  /** The syntax tree of each file, the first one first, then as they were included. */
  readonly files: readonly RacoonFile[];
  /** File by file, in the order of each. */
  readonly diagnostics: readonly Diagnostic[];
  /**
   * Patterns of files to include that nobody has looked for, each of which is an error: look for them
   * and read the file again with `options.files`.
   */
  readonly wantedFiles: readonly string[];
}

/** A file with its statements, whose spans are places in `source`. */
export interface RacoonFile {
  readonly source: SourceText;
  readonly statements: readonly Statement[];
}

/**
 * Reads a racoon.conf. Never throws: what is wrong with the text is in `diagnostics`. No file is
 * opened, those of keys and certificates neither: paths are values.
 *
 * @example
 * ```ts
 * const { configuration, diagnostics } = readRacoon({ name: 'racoon.conf', text });
 * for (const diagnostic of diagnostics) console.error(formatDiagnostic(diagnostic));
 * for (const peer of configuration?.ike.peers ?? []) listen(peer);
 * ```
 */
export function readRacoon(file: NamedText, options: RacoonOptions = {}): RacoonProgram {
  const compiler = new Compiler(file, options);
  const { files } = compiler;
  return {
    configuration: files.some(({ report }) => report.hasErrors) ? null : compiler.configuration(),
    files: files.map(({ source, statements }) => ({ source, statements })),
    diagnostics: files.flatMap(({ source, report }) => report.diagnostics(source)),
    wantedFiles: [...compiler.wantedFiles],
  };
}
