/**
 * A psk.txt as its rules see it.
 *
 * @module
 */
import type { PreSharedKey } from '../../../ike/pre-shared-keys.ts';
import type { SourceText, Span } from '../../source.ts';
import type { FileFacts } from '../rule.ts';

export interface CheckedPsk {
  readonly source: SourceText;
  readonly facts: FileFacts;
  readonly keys: readonly PreSharedKey[];
}

/** Where the identity of `key` stands: the key itself is not to be shown. */
export function identitySpan({ at }: PreSharedKey, { source }: CheckedPsk): Span {
  const start = source.offset(at.line, at.column);
  return { start, end: start + at.text.length };
}
