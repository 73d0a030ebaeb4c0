/**
 * `ipseal status --watch`: report after report, with rates.
 *
 * @module
 */
import type { Writable } from 'node:stream';
import { withRates } from './rates.ts';
import type { StatusReport } from './report.ts';
import { reportLines } from './words.ts';

/** A terminal that is as large. */
export interface Screen {
  readonly rows: number;
  readonly columns: number;
}

/** A moment at which a report is due: seconds of a clock that nobody sets. */
export type Tick = number;

/**
 * Writes a report to `stream` at each of `ticks`, until there are no more or nobody reads. `form` asks
 * anew for each whether it is drawn in the place of the one before, on a screen that may change its
 * size; `block` puts an empty line between them.
 */
export async function watch(
  stream: Writable,
  form: () => Screen | 'block' | 'json',
  report: () => Promise<StatusReport>,
  ticks: AsyncIterable<Tick>,
): Promise<void> {
  let before: { readonly report: StatusReport; readonly at: Tick } | null = null;
  for await (const at of ticks) {
    const plain = await report();
    const told = before === null ? plain : withRates(before.report, plain, at - before.at);
    stream.write(textOf(told, form(), before === null));
    if (stream.destroyed) return;
    before = { report: plain, at };
  }
}

function textOf(report: StatusReport, form: Screen | 'block' | 'json', isFirst: boolean): string {
  if (form === 'json') return `${JSON.stringify(report)}\n`;
  if (form === 'block') {
    const lines = [report.at, ...reportLines(report)];
    return `${isFirst ? '' : '\n'}${lines.join('\n')}\n`;
  }
  return frame(report, form, isFirst);
}

/** ECMA-48: the cursor to the upper left, to the end of the line erased, to the end of the screen. */
const HOME = '\x1b[H';
const ERASE_LINE = '\x1b[K';
const ERASE_BELOW = '\x1b[J';

function frame(report: StatusReport, { rows, columns }: Screen, isFirst: boolean): string {
  const others = reportLines(report, 0).length + 2;
  const lines = [report.at, ...reportLines(report, Math.max(1, rows - 1 - others))];
  const shown = lines.slice(0, rows - 1).map((line) => `${line.slice(0, columns)}${ERASE_LINE}\n`);
  return `${isFirst ? `${HOME}${ERASE_BELOW}` : HOME}${shown.join('')}${ERASE_BELOW}`;
}
