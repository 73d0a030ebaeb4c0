/**
 * Changes of a text, made.
 *
 * @module
 */
import type { Edit } from './diagnostic.ts';

/** `text` with `edits` made; of edits that overlap, the first in the text alone. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const { span, text: instead } of edits.toSorted((a, b) => a.span.start - b.span.start)) {
    if (span.start < at) continue;
    result += text.slice(at, span.start) + instead;
    at = span.end;
  }
  return result + text.slice(at);
}
