/**
 * What became of something that the operator asked for.
 *
 * @module
 */

export type Outcome<T> = { readonly ok: true; readonly value: T } | Failure;

/** `complaint` is the first thing that was wrong, on one line, with its place if it has one. */
export interface Failure {
  readonly ok: false;
  readonly complaint: string;
}
