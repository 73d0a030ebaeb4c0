/**
 * What setkey 0.8 made of each of the files in `inputs/err/`: what it printed, in which statements
 * the kernel refused it, and its exit status. They lie where those of `setkey-capture.ts` do.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { sharedPath } from './examples.ts';
import { blocksOf } from './setkey-capture.ts';

const NOTHING_TO_PRINT = /^The result of line \d+: (No S[AP]D entries\.)$/gm;

/** One file, and what came of it. */
export interface CapturedRun {
  readonly name: string;
  readonly text: string;
  /** The entries that it printed. */
  readonly entries: readonly string[];
  /** The lines of the statements that the kernel refused. */
  readonly refusedLines: readonly number[];
  readonly status: number;
}

/** Every captured run; none, said in one line, where they are not at hand. */
export function capturedRuns(): readonly CapturedRun[] {
  const path = sharedPath('reference', 'captured', 'setkey', 'orig-0.8-errors.txt');
  if (path === null) return [];
  return readFileSync(path, 'utf8')
    .split(/^##### /m)
    .slice(1)
    .map(parseRun);
}

function parseRun(section: string): CapturedRun {
  const [name = '', ...rest] = section.split('\n');
  const text = rest.join('\n');
  // What is no failure in other words than ours: an empty table.
  const stdout = between(text, '--- stdout\n', '--- stderr\n').replace(NOTHING_TO_PRINT, '$1');
  return {
    name,
    text: inputOf(name),
    entries: blocksOf(stdout.replace(/^(The result of )?line \d+: .*\n/gm, '')),
    refusedLines: [...stdout.matchAll(/^The result of line (\d+): /gm)].map(([, line]) =>
      Number(line),
    ),
    status: Number(/^--- rc=(\d+)$/m.exec(text)?.[1]),
  };
}

/** Of the file itself: the transcript has an empty line more here and there. */
function inputOf(name: string): string {
  const path = sharedPath('reference', 'captured', 'setkey', 'inputs', 'err', `${name}.cf`);
  return path === null ? '' : readFileSync(path, 'utf8');
}

function between(text: string, start: string, end: string): string {
  const from = text.indexOf(start) + start.length;
  return text.slice(from, text.indexOf(end, from));
}
