/**
 * The statements of `docs/racoon-conf.md` are read as that page says.
 *
 * A block marked `racoon` reads without an error and without a warning. One marked `racoon-error` has
 * the error that the line before it names, `code: ...`, or the messages that the block behind it shows.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DH_GROUPS } from '../../crypto/dh-group.ts';
import { HASH_ALGORITHMS } from '../../crypto/hash-algorithm.ts';
import { ENCRYPTION_ALGORITHMS, INTEGRITY_ALGORITHMS } from '../../crypto/registry.ts';
import { formatDiagnostic } from '../diagnostic.ts';
import { STATEMENTS } from './grammar.ts';
import { readRacoon } from './read.ts';
import { readPsk } from './read-psk.ts';

const PAGE = readFileSync(new URL('../../../docs/racoon-conf.md', import.meta.url), 'utf8');

interface Block {
  readonly line: number;
  readonly kind: string;
  /** The last line with anything on it before the block. */
  readonly before: string;
  readonly text: string;
}

const blocks: Block[] = Array.from(PAGE.matchAll(/^```(\w[\w-]*)\n(.*?)^```$/gms), (found) => {
  const [, kind = '', text = ''] = found;
  const above = PAGE.slice(0, found.index);
  const before = above.trimEnd().split('\n').at(-1) ?? '';
  return { line: above.split('\n').length, kind, before, text };
});

const read = (text: string) => readRacoon({ name: 'racoon.conf', text });
const wrong = blocks.filter(({ kind }) => kind === 'racoon-error');

test.each(blocks.filter(({ kind }) => kind === 'racoon'))('line $line is read', ({ text }) => {
  expect(read(text).diagnostics.map(formatDiagnostic)).toEqual([]);
});

test.each(wrong.filter(({ before }) => before.startsWith('code')))(
  'line $line is refused, $before',
  ({ before, text }) => {
    const { configuration, diagnostics } = read(text);
    expect(configuration).toBeNull();
    expect(diagnostics.map(({ code }) => `code: \`${code}\``)).toEqual([before]);
  },
);

test('the mistakes of the first example are told as the page shows them', () => {
  const [mistaken] = wrong;
  const shown = blocks.find(({ kind }) => kind === 'text');
  const { diagnostics } = read(mistaken?.text ?? '');
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(`${errors.map(formatDiagnostic).join('\n')}\n`).toBe(shown?.text);
});

test.each(blocks.filter(({ kind }) => kind === 'psk'))('line $line is a psk.txt', ({ text }) => {
  const { keys, diagnostics } = readPsk({ name: 'psk.txt', text });
  expect(diagnostics).toEqual([]);
  expect(keys.length).toBe(2);
});

describe('the page names', () => {
  const algorithms = [...ENCRYPTION_ALGORITHMS, ...INTEGRITY_ALGORITHMS].flatMap(
    ({ racoon }) => racoon,
  );
  const hashes = HASH_ALGORITHMS.flatMap(({ racoon }) => racoon);
  const groups = DH_GROUPS.map(({ name }) => name);
  const statements = Object.values(STATEMENTS).flat();
  const inside = new Set<string>([...STATEMENTS.ldapcfg, ...STATEMENTS.radiuscfg, 'gssapi_id']);
  const names = [...algorithms, ...hashes, ...groups, ...statements].filter(
    (name) => !inside.has(name),
  );
  test.each([...new Set<string>(names)])('%s', (name) => {
    expect(PAGE).toContain(name);
  });
});
