// @ts-check
/**
 * The figures as tables in Markdown, which are good to read on a terminal, too.
 *
 * @module
 */
import { MEASURE_NAMES, MEASURES, shown } from './figures.mjs';
import { MAIN, quotient } from './goals.mjs';

/** @typedef {import('./figures.mjs').Figures} Figures */

/**
 * A row for each scheme with all that was measured of any, and how many times as fast as it the main
 * one is.
 *
 * @param {Readonly<Record<string, Figures>>} figures
 */
export function figuresTable(figures) {
  const measured = MEASURE_NAMES.filter((name) =>
    Object.values(figures).some((row) => row[name] !== undefined),
  );
  const main = figures[MAIN]?.tcp1;
  const head = measured.map((name) => `${MEASURES[name].title}, ${MEASURES[name].unit}`);
  const rows = Object.entries(figures).map(([scheme, row]) => {
    const ratio = quotient(main, row.tcp1);
    const cells = measured.map((name) => shown(name, row[name]));
    return [scheme, ...cells, ratio === null ? '-' : ratio.toFixed(2)];
  });
  return table(['', ...head, 'ipseal ÷ this'], rows);
}

/**
 * A row for each goal.
 *
 * @param {readonly import('./goals.mjs').Judgement[]} judgements
 */
export function goalsTable(judgements) {
  const rows = judgements.map(({ goal, measured, met }) => [
    goal,
    measured,
    met === null ? '-' : met ? 'yes' : 'no',
  ]);
  return table(['goal', 'measured', 'met'], rows);
}

/**
 * A table in Markdown: the first column to the left, those that are numbers to the right.
 *
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
export function table(head, rows) {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const right = head.map((_, column) => column > 0 && rows.every((row) => isNumber(row[column])));
  /** @param {readonly string[]} cells */
  const line = (cells) => {
    const padded = cells.map((cell, column) => {
      const width = widths[column] ?? 0;
      return right[column] ? cell.padStart(width) : cell.padEnd(width);
    });
    return `| ${padded.join(' | ')} |`;
  };
  const rule = widths.map((width, column) => '-'.repeat(width - 1) + (right[column] ? ':' : '-'));
  return [head, rule, ...rows].map(line).join('\n');
}

/**
 * `text` with `content` in the place of what stands between the comments `<!-- NAME -->` and
 * `<!-- /NAME -->`. Throws when there are none.
 *
 * @param {string} text
 * @param {string} name
 * @param {string} content
 */
export function spliced(text, name, content) {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`Cannot write: there is no ${begin} ... ${end}`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}

/** @param {string | undefined} cell */
function isNumber(cell) {
  return cell !== undefined && /^(-|[\d.,]+)$/.test(cell);
}
