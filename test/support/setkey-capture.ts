/**
 * What setkey 0.8 printed of the SAs and policies of `01-basic.cf`, beside what we make of that file.
 *
 * Both lie beside the checkout, in `../shared`, where there is one.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { readSetkey } from '../../src/config/index.ts';
import type { Change } from '../../src/ipsec/change.ts';
import { sharedPath } from './examples.ts';

const FOLDER = ['reference', 'captured', 'setkey'] as const;

/**
 * The entries of a captured dump, {@link masked}; `null`, said in one line, when there is none.
 */
export function capturedBlocks(file: string): readonly string[] | null {
  const path = sharedPath(...FOLDER, file);
  return path === null ? null : blocksOf(readFileSync(path, 'utf8').replace(/^rc=\d+\n/m, ''));
}

/** The entries of a dump, with `…` for times, the process id, and numbers that a kernel chose. */
export function blocksOf(dump: string): readonly string[] {
  return masked(dump)
    .split(/^(?=\S)/m)
    .filter((block) => block !== '');
}

function masked(dump: string): string {
  return dump
    .replace(/\b[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}/g, '…')
    .replace(/\b(diff: |pid=|spid=|sadb_seq=|\tseq=(?!0x)| seq=(?!0x))\d+/g, '$1…');
}

/** What the statements of the file come to, each by itself; those we have no types for come to none. */
export function compiledFromCapture(): readonly Change[] {
  const path = sharedPath(...FOLDER, 'inputs', '01-basic.cf');
  if (path === null) return [];
  const text = readFileSync(path, 'utf8').replace(/^#.*$/gm, '');
  return text
    .split(';')
    .flatMap((statement) => readSetkey({ name: '01-basic.cf', text: `${statement};` }).steps)
    .flatMap((step) => (step.kind === 'change' ? step.changes : []));
}
