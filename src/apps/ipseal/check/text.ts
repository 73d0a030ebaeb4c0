/**
 * What `ipseal check` found, for people.
 *
 * @module
 */
import { type Diagnostic, formatDiagnostic } from '../../../config/diagnostic.ts';
import type { TableEntry } from '../../../config/lint/entries.ts';
import type { PlacedDifference } from '../../../config/peer/compare.ts';
import type { CheckedFile } from './checked-file.ts';

/** The diagnostics of `files`, what was fixed, and a line that counts. */
export function formatReport(files: readonly CheckedFile[]): string {
  const lines = files.flatMap(({ fixed, diagnostics }) => [
    ...fixed.map(
      ({ file, line, column, code, fix }) => `${file}:${line}:${column}: fixed: ${fix} [${code}]`,
    ),
    ...diagnostics.map(formatDiagnostic),
  ]);
  const all = files.flatMap(({ diagnostics }) => diagnostics);
  const fixes = files.reduce((sum, { fixed }) => sum + fixed.length, 0);
  lines.push(closingLine(files.length, all, fixes));
  return `${lines.join('\n')}\n`;
}

function closingLine(files: number, all: readonly Diagnostic[], fixes: number): string {
  const errors = all.filter(({ severity }) => severity === 'error').length;
  const found =
    all.length === 0
      ? 'nothing found'
      : `${count(errors, 'error')}, ${count(all.length - errors, 'warning')}`;
  const made = fixes === 0 ? '' : `; ${count(fixes, 'change')} made`;
  return `${count(files, 'file')}: ${found}${made}`;
}

/** The differences between two files, each at its places in both, and a line that counts. */
export function formatPeers(
  [a, b]: readonly [string, string],
  differences: readonly PlacedDifference[],
): string {
  const blocks = differences.flatMap(({ here, there, fix }) => {
    const places = [here, there].filter((place) => place !== null);
    const texts = places.map((place) => formatDiagnostic({ ...place, fix: null }));
    return [...texts, `  fix: ${fix}`];
  });
  const result =
    differences.length === 0 ? 'they mirror each other' : count(differences.length, 'difference');
  return `${[...blocks, `${a} and ${b}: ${result}`].join('\n')}\n`;
}

/** The table of codes: severity, who tells it, and what it is. */
export function formatTable(table: readonly TableEntry[]): string {
  const width = Math.max(...table.map(({ code }) => code.length));
  const lines = table.map(
    ({ code, severity, toldBy, title }) =>
      `${code.padEnd(width)}  ${severity.padEnd(7)}  ${TELLERS[toldBy].padEnd(7)}  ${title}`,
  );
  return `${lines.join('\n')}\n`;
}

const TELLERS = { setkey: 'loading', 'ifup-ipsec': 'loading', check: '', peer: '--peer' } as const;

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
