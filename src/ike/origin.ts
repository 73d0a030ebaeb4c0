/**
 * Where a value of a configuration was written, so that what goes wrong with it later can name the
 * line to change.
 *
 * @module
 */

export interface Origin {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number;
  /** What stands there, fit to be printed. */
  readonly text: string;
}

/**
 * Where each statement of a block stands, by its name; the last one where it is repeated. What is not
 * here has its default.
 */
export type Origins = ReadonlyMap<string, Origin>;
