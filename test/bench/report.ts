/**
 * Where the figures of a measurement go: to the file that its first argument names, for `run.mjs`,
 * or without one to the terminal.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';

/** A row's name, then its columns. */
export type Rows = Readonly<Record<string, Readonly<Record<string, number>>>>;

export function report(rows: Rows): void {
  const path = process.argv[2];
  if (path === undefined) console.table(rows);
  else writeFileSync(path, JSON.stringify(rows));
}
