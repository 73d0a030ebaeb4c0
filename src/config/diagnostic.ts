/**
 * What is wrong with a configuration file, told so that it can be put right: where, what was found,
 * what was expected, what to write instead.
 *
 * @module
 */
import type { SourceText, Span } from './source.ts';

export type Severity = 'error' | 'warning';

export interface Diagnostic {
  readonly severity: Severity;
  /** What kind of problem it is, for programs: `unknown-algorithm`. */
  readonly code: string;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 code units of the file. */
  readonly column: number;
  /** Where what is meant ends: the place behind it. */
  readonly end: { readonly line: number; readonly column: number };
  /** How much of the file is meant, in UTF-16 code units; may run past the line. */
  readonly length: number;
  /** The line with every key replaced by `…`, tabs by blanks. */
  readonly sourceLine: string;
  /** What is meant within {@link sourceLine}, counted from 0: keys are shorter there. */
  readonly mark: Span;
  /** What was found, as a clause. Never quotes a key. */
  readonly message: string;
  readonly expected: string | null;
  /** What to do about it, as a clause. */
  readonly fix: string | null;
  /** The {@link fix} as a change of the text; `null` where a program cannot make it. */
  readonly edit: Edit | null;
}

/** A piece of the file's text and what to put in its place. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
  /** Whether other packets are protected afterwards, or otherwise: nobody makes it without being asked. */
  readonly changesProtection: boolean;
}

/** A {@link Diagnostic} before its place is worked out. */
export interface Problem {
  readonly severity: Severity;
  readonly code: string;
  readonly span: Span;
  readonly message: string;
  readonly expected: string | null;
  readonly fix: string | null;
  readonly edit: Edit | null;
}

/** What may be said beyond the message. */
export interface Hints {
  readonly expected?: string | null;
  readonly fix?: string | null;
  readonly edit?: Edit | null;
}

/** Collects the problems of one file, and keeps no more of them than are told. */
export class Report {
  readonly #ignored: ReadonlySet<string>;
  #problems: Problem[] = [];
  readonly #counts = { error: 0, warning: 0 };

  /** Warnings whose codes are `ignored` are not taken. */
  constructor(ignored: ReadonlySet<string> = new Set()) {
    this.#ignored = ignored;
  }

  /** Whether anything is wrong; warnings do not count. */
  get hasErrors(): boolean {
    return this.#counts.error > 0;
  }

  /** Notes an error. Returns `undefined`, for the caller to return in place of a value. */
  error(code: string, span: Span, message: string, hints: Hints = {}): undefined {
    this.#note('error', code, span, message, hints);
  }

  warning(code: string, span: Span, message: string, hints: Hints = {}): void {
    this.#note('warning', code, span, message, hints);
  }

  /**
   * All problems in the order of the text; no more than {@link MOST_DIAGNOSTICS} of each severity,
   * and one more that counts the rest.
   */
  diagnostics(source: SourceText): readonly Diagnostic[] {
    const told = firstOfEach(this.#problems, MOST_DIAGNOSTICS);
    const next = firstOfEach(this.#problems, MOST_DIAGNOSTICS + 1);
    for (const severity of ['error', 'warning'] as const) {
      const more = this.#counts[severity] - MOST_DIAGNOSTICS;
      const first = next.findLast((problem) => problem.severity === severity);
      if (first === undefined || more <= 0) continue;
      const message = `too many ${severity}s: ${more} more from here on`;
      const code = `too-many-${severity}s`;
      told.push({ ...first, code, message, expected: null, fix: null, edit: null });
    }
    return told.map((problem) => locate(problem, source));
  }

  #note(severity: Severity, code: string, span: Span, message: string, hints: Hints): void {
    if (severity === 'warning' && this.#ignored.has(code)) return;
    const { expected = null, fix = null, edit = null } = hints;
    this.#counts[severity]++;
    this.#problems.push({ severity, code, span, message, expected, fix, edit });
    if (this.#problems.length < MOST_KEPT) return;
    this.#problems = firstOfEach(this.#problems, MOST_DIAGNOSTICS + 1);
  }
}

/** The first `most` of each severity in the order of the text, and those of one place as they came. */
function firstOfEach(problems: readonly Problem[], most: number): Problem[] {
  const seen = { error: 0, warning: 0 };
  return problems
    .toSorted((a, b) => a.span.start - b.span.start)
    .filter(({ severity }) => ++seen[severity] <= most);
}

/** How many errors, and how many warnings, are told of one file. */
export const MOST_DIAGNOSTICS = 100;
/** How many problems wait before those that nobody will be told are dropped. */
const MOST_KEPT = 1000;

/**
 * A diagnostic as text, several lines without the last line's end:
 *
 * ```text
 * alice.conf:12:34: error: "hmac-sha-256" is not an algorithm for -A [unknown-algorithm]
 *     add 10.9.0.1 10.9.0.2 ah 0x200 -A hmac-sha-256 0x…;
 *                                       ^^^^^^^^^^^^
 *   expected: hmac-md5, hmac-sha1, hmac-sha256 (or hmac-sha256-96, hmac-sha256-128)
 *   fix: write hmac-sha256
 * ```
 */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, code, message } = diagnostic;
  const { sourceLine, mark, expected, fix } = diagnostic;
  const lines = [`${file}:${line}:${column}: ${severity}: ${message} [${code}]`];
  const indent = sourceLine.length - sourceLine.trimStart().length;
  const shift = Math.min(indent, mark.start);
  if (sourceLine.trim() !== '') {
    const carets = '^'.repeat(Math.max(1, mark.end - mark.start));
    lines.push(`    ${sourceLine.slice(shift).trimEnd()}`);
    lines.push(`    ${' '.repeat(mark.start - shift)}${carets}`);
  }
  if (expected !== null) lines.push(`  expected: ${expected}`);
  if (fix !== null) lines.push(`  fix: ${fix}`);
  return lines.join('\n');
}

/** `problem`, with its place in `source`. */
export function locate(problem: Problem, source: SourceText): Diagnostic {
  const { severity, code, span, message, expected, fix, edit } = problem;
  const { line, column } = source.place(span.start);
  const excerpt = source.excerpt(span);
  const length = Math.max(1, span.end - span.start);
  return {
    severity,
    code,
    file: source.name,
    line,
    column,
    end: source.place(span.start + length),
    length,
    sourceLine: excerpt.line,
    mark: excerpt.mark,
    message,
    expected,
    fix,
    edit,
  };
}
