/**
 * What checking a file comes to, whatever its form.
 *
 * @module
 */
import type { Diagnostic } from '../diagnostic.ts';
import type { Form } from './rule.ts';

export interface CheckedText {
  readonly form: Form;
  /** Whether the language has no error: otherwise nothing else was looked at. */
  readonly loads: boolean;
  /** In the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
}
