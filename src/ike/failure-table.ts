/**
 * Tables of what a peer offered beside what we accept, for people to find the line to change.
 *
 * @module
 */
import { escapedText } from '../octets/text.ts';
import type { Origin } from './origin.ts';
import { encryptionText, groupText, hashText } from './v1/phase1/attribute-value.ts';
import { DIFFERENCES } from './v1/phase1/difference.ts';
import type { OfferedTransform } from './v1/phase1/offered-transform.ts';
import type { Phase1ProposalRefused, TransformMismatch } from './v1/phase1/proposal.ts';
import type { Cells, NoProposalChosen, OfferedRow } from './v1/quick-mode/proposal-table.ts';

/** `racoon.conf:12`. */
export function placeText({ file, line }: Origin): string {
  return `${file}:${line}`;
}

/**
 * The transforms of phase 1, a line each: where there are more than people read, each of the peer's with
 * the one of ours that comes nearest.
 */
export function phase1Table({ mismatches, omitted }: Phase1ProposalRefused): readonly string[] {
  if (mismatches.length === 0) return [];
  const shown = mismatches.length > MOST_ROWS ? nearest(mismatches) : mismatches;
  const rows = shown.map(({ offered, difference }) => [
    `${offered.number}: ${offeredText(offered)}`,
    difference.accepted,
    `${difference.what}: ${difference.offered}`,
    placeText(difference.at),
  ]);
  const hidden = mismatches.length - shown.length + omitted;
  return table([THEY_OFFERED, WE_ACCEPT, 'first difference', 'line to change'], rows, hidden);
}

/** The transforms of quick mode, a line each. */
export function quickModeTable({ offered, accepted }: NoProposalChosen): readonly string[] {
  const rows = offered.map((row) => [
    `${row.proposal}${row.transform === null ? '' : `.${row.transform}`}: ${rowText(row)}`,
    row.difference?.accepted ?? 'the same',
    row.difference === null ? 'none' : `${row.difference.what}: ${row.difference.offered}`,
    row.difference?.at ? placeText(row.difference.at) : row.difference ? 'the SPD' : '',
  ]);
  const head = [THEY_OFFERED, WE_ACCEPT, 'first difference', 'line to change'];
  const ours = accepted.slice(0, MOST_ROWS).map((cells) => [cellsText(cells)]);
  return [
    ...table(head, rows),
    ...table(['all that we accept'], ours, accepted.length - ours.length),
  ];
}

/** Each of the peer's with the row that has most in common with ours. */
function nearest(mismatches: readonly TransformMismatch[]): readonly TransformMismatch[] {
  const best = new Map<OfferedTransform, TransformMismatch>();
  for (const each of mismatches) {
    const before = best.get(each.offered);
    if (before === undefined || depth(each) > depth(before)) best.set(each.offered, each);
  }
  return [...best.values()];
}

function depth({ difference }: TransformMismatch): number {
  return DIFFERENCES.indexOf(difference.what);
}

function offeredText(offered: OfferedTransform): string {
  const { encryption, keyBits, hash, group } = offered;
  return [
    encryption === null ? 'no cipher' : encryptionText(encryption, keyBits),
    hash === null ? 'no hash' : hashText(hash),
    group === null ? 'no group' : `group ${groupText(group)}`,
  ].join(', ');
}

function rowText({ cells }: OfferedRow): string {
  return cells === null ? 'all of it' : cellsText(cells);
}

function cellsText({ protocol, algorithms, mode, group, lifetime }: Cells): string {
  return `${protocol} ${algorithms}, ${mode}, group ${group}, ${lifetime}`;
}

/** Lines of `head` and `rows` in columns, and how many more there are beside `hidden`. */
function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  hidden = 0,
): readonly string[] {
  const shown = [head, ...rows.slice(0, MOST_ROWS)].map((row) =>
    row.map((cell) => escapedText(cell, WIDEST)),
  );
  const widths = head.map((_, k) => Math.max(...shown.map((row) => row[k]?.length ?? 0)));
  const lines = shown.map((row) =>
    row
      .map((cell, k) => cell.padEnd(widths[k] ?? 0))
      .join(' | ')
      .trimEnd(),
  );
  const more = Math.max(0, rows.length - MOST_ROWS) + hidden;
  return more === 0 ? lines : [...lines, `and ${more} more`];
}

const THEY_OFFERED = 'they offered';
const WE_ACCEPT = 'we accept';
/** More of them nobody reads. */
const MOST_ROWS = 12;
/** In characters. */
const WIDEST = 80;
