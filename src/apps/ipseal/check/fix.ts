/**
 * `--fix`: makes the changes that diagnostics offer, and writes the file once.
 *
 * @module
 */
import type { Diagnostic, Edit } from '../../../config/diagnostic.ts';
import { applyEdits } from '../../../config/edits.ts';
import type { CheckedText } from '../../../config/lint/checked-text.ts';
import { type OpenedFile, openFile, replaceFile } from './read-file.ts';

/** A change that was made, in the words of the diagnostic that offered it. */
export type Fixed = Pick<Diagnostic, 'file' | 'line' | 'column' | 'code' | 'fix'>;

/**
 * Changes the file at `path` until nothing is left that may be changed, and returns what was done: what
 * leaves the protection of packets as it is, and what is offered under a code of `also`. `check` is asked
 * what there is. A file with an error of its language is not changed.
 */
export async function fixFile(
  path: string,
  also: ReadonlySet<string>,
  check: (file: OpenedFile) => Promise<CheckedText>,
): Promise<readonly Fixed[]> {
  const opened = openFile(path);
  const fixed: Fixed[] = [];
  let { text } = opened;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const { loads, diagnostics } = await check({ ...opened, text });
    if (!loads) break;
    const edits: Edit[] = [];
    for (const { edit, ...diagnostic } of diagnostics) {
      if (edit === null || (edit.changesProtection && !also.has(diagnostic.code))) continue;
      edits.push(edit);
      fixed.push(diagnostic);
    }
    const changed = applyEdits(text, edits);
    if (changed === text) break;
    text = changed;
  }
  if (text !== opened.text) replaceFile(path, text);
  return fixed;
}

/** No more diagnostics are told at once than a hundred of each severity. */
const MOST_ROUNDS = 100;
