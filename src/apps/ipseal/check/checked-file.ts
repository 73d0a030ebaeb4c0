/**
 * What `ipseal check` has to tell of a file.
 *
 * @module
 */
import type { Diagnostic } from '../../../config/diagnostic.ts';
import type { Fixed } from './fix.ts';

/** A file and what was found in it. */
export interface CheckedFile {
  readonly name: string;
  readonly form: string;
  readonly diagnostics: readonly Diagnostic[];
  /** What `--fix` changed. */
  readonly fixed: readonly Fixed[];
}
