/**
 * What `ipseal check --json` prints. Within a `version` fields may be added; none changes its meaning or
 * goes away.
 *
 * @module
 */
import type { Diagnostic, Severity } from '../../../config/diagnostic.ts';
import type { PlacedDifference } from '../../../config/peer/compare.ts';
import type { CheckedFile } from './checked-file.ts';

/** What was found in files. */
export interface FilesJson {
  readonly version: 1;
  readonly errors: number;
  readonly warnings: number;
  readonly files: readonly {
    readonly file: string;
    readonly form: string;
    readonly findings: readonly FindingJson[];
    readonly fixed: readonly {
      readonly code: string;
      readonly line: number;
      readonly column: number;
      readonly fix: string | null;
    }[];
  }[];
}

export interface FindingJson extends PlaceJson {
  readonly severity: Severity;
  readonly code: string;
  /** Where it is: what the named file includes, or what belongs to it, is told with it. */
  readonly file: string;
  readonly message: string;
  readonly expected: string | null;
  readonly fix: string | null;
  /** Whether `--fix` makes it, `--fix-also` when asked, or nobody but its author: `null`. */
  readonly fixable: 'fix' | 'fix-also' | null;
}

/** Line and column are counted from 1, columns and length in UTF-16 code units. */
export interface PlaceJson {
  readonly line: number;
  readonly column: number;
  readonly length: number;
  /** The line, without its keys. */
  readonly sourceLine: string;
}

/** Where two files differ. */
export interface PeersJson {
  readonly version: 1;
  readonly files: readonly [string, string];
  readonly differences: readonly {
    readonly code: string;
    readonly message: string;
    readonly fix: string;
    /** In the first file and in the second; `null` where that one says nothing of it. */
    readonly places: readonly [PlaceJson | null, PlaceJson | null];
  }[];
}

export function jsonOfFiles(files: readonly CheckedFile[]): FilesJson {
  const all = files.flatMap(({ diagnostics }) => diagnostics);
  const errors = all.filter(({ severity }) => severity === 'error').length;
  return {
    version: 1,
    errors,
    warnings: all.length - errors,
    files: files.map(({ name, form, diagnostics, fixed }) => ({
      file: name,
      form,
      findings: diagnostics.map(findingOf),
      fixed: fixed.map(({ code, line, column, fix }) => ({ code, line, column, fix })),
    })),
  };
}

export function jsonOfPeers(
  files: readonly [string, string],
  differences: readonly PlacedDifference[],
): PeersJson {
  return {
    version: 1,
    files,
    differences: differences.map(({ code, message, fix, here, there }) => ({
      code,
      message,
      fix,
      places: [here && placeOf(here), there && placeOf(there)],
    })),
  };
}

function findingOf(diagnostic: Diagnostic): FindingJson {
  const { severity, code, file, message, expected, fix, edit } = diagnostic;
  const fixable = edit === null ? null : edit.changesProtection ? 'fix-also' : 'fix';
  return { severity, code, file, ...placeOf(diagnostic), message, expected, fix, fixable };
}

function placeOf({ line, column, length, sourceLine }: Diagnostic): PlaceJson {
  return { line, column, length, sourceLine };
}
