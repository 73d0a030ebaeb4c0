/**
 * The statements of `docs/setkey.md` are read as that page says.
 *
 * A block marked `setkey` reads without an error, and with no other warnings than the one in the
 * line before it, `warning: ...`. One marked `setkey-error` has the errors that the line before it
 * names, `code: ...`, in each of its statements, and no others.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CIPHERS, INTEGRITY_ALGORITHMS } from '../../crypto/registry.ts';
import { GONE_ALGORITHMS, LATER_CIPHERS, LATER_INTEGRITY } from './absent-algorithms.ts';
import { readSetkey } from './read.ts';

const PAGE = readFileSync(new URL('../../../docs/setkey.md', import.meta.url), 'utf8');

interface Block {
  readonly line: number;
  readonly kind: string;
  /** The last line with anything on it before the block. */
  readonly before: string;
  readonly text: string;
}

function blocksOf(page: string): Block[] {
  return Array.from(page.matchAll(/^```(setkey\S*)\n(.*?)^```$/gms), (found) => {
    const [, kind = '', text = ''] = found;
    const above = page.slice(0, found.index);
    const before = above.trimEnd().split('\n').at(-1) ?? '';
    return { line: above.split('\n').length, kind, before, text };
  });
}

/** The code that `before` names after `word`. */
function named(before: string, word: 'code' | 'warning'): string | undefined {
  return new RegExp(`^${word}: \`([a-z-]+)\`$`).exec(before)?.[1];
}

const blocks = blocksOf(PAGE);

describe('the blocks of docs/setkey.md', () => {
  test('are there', () => {
    expect(blocks.filter(({ kind }) => kind === 'setkey').length).toBeGreaterThan(10);
    expect(blocks.filter(({ kind }) => kind === 'setkey-error').length).toBeGreaterThan(10);
    expect(new Set(blocks.map(({ kind }) => kind))).toEqual(new Set(['setkey', 'setkey-error']));
  });

  for (const { line, kind, before, text } of blocks) {
    const { diagnostics, steps } = readSetkey({ name: `docs/setkey.md:${line}`, text });
    const codesOf = (severity: 'error' | 'warning') =>
      diagnostics.filter((found) => found.severity === severity).map(({ code }) => code);

    test.runIf(kind === 'setkey')(`line ${line} is read without an error`, () => {
      expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      expect(steps).not.toEqual([]);
      // The lint warns of policies and SAs that stand alone, as they do here.
      const mirrored = new Set(['missing-inbound-policy', 'missing-outbound-policy']);
      const warning = named(before, 'warning');
      const warned = codesOf('warning').filter((code) => warning === code || !mirrored.has(code));
      expect(new Set(warned)).toEqual(new Set(warning === undefined ? [] : [warning]));
    });

    test.runIf(kind === 'setkey-error')(`line ${line} is refused: ${before}`, () => {
      const code = named(before, 'code');
      expect(code).toBeDefined();
      const statements = text.split(/(?<=;)\s*\n/).filter((statement) => statement.trim() !== '');
      for (const statement of statements) {
        const { diagnostics: found } = readSetkey({ name: 'docs/setkey.md', text: statement });
        const errors = found.filter(({ severity }) => severity === 'error');
        expect(new Set(errors.map((error) => error.code)), statement).toEqual(new Set([code]));
      }
      expect(steps).toEqual([]);
    });
  }
});

describe('docs/setkey.md names every algorithm', () => {
  const known = [...CIPHERS, ...INTEGRITY_ALGORITHMS].flatMap(({ setkey }) => setkey);
  const absent = [...LATER_CIPHERS, ...LATER_INTEGRITY, ...GONE_ALGORITHMS];
  test.each([...new Set([...known, ...absent])])('%s', (name) => {
    expect(PAGE).toContain(`\`${name}\``);
  });
});
