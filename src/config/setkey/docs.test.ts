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
import { ENCRYPTION_ALGORITHMS, INTEGRITY_ALGORITHMS } from '../../crypto/registry.ts';
import { parseIpAddress } from '../../net/ip-address.ts';
import { parseServices } from '../../net/services.ts';
import { GONE_CIPHERS, GONE_COMPRESSION, GONE_INTEGRITY } from './absent-algorithms.ts';
import type { Names } from './names.ts';
import { readSetkey, type SetkeyProgram } from './read.ts';

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

const NAMES: Names = {
  hosts: new Map([
    ['localhost', { addresses: [parseIpAddress('127.0.0.1') ?? expect.unreachable()] }],
  ]),
  services: parseServices('http 80/tcp'),
};

function read(text: string): SetkeyProgram {
  return readSetkey({ name: 'docs/setkey.md', text }, { names: NAMES });
}

const blocks = blocksOf(PAGE);

const readable = blocks.filter(({ kind }) => kind === 'setkey');
const wrong = blocks.filter(({ kind }) => kind === 'setkey-error');

describe('the blocks of docs/setkey.md', () => {
  test('are there, and of two kinds', () => {
    expect(readable.length).toBeGreaterThan(10);
    expect(wrong.length).toBeGreaterThan(10);
    expect(readable.length + wrong.length).toBe(blocks.length);
  });

  test.each(readable)('line $line is read without an error', ({ before, text }) => {
    const { diagnostics, steps } = read(text);
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(steps).not.toEqual([]);
    const warning = named(before, 'warning');
    const codes = new Set(diagnostics.map(({ code }) => code));
    // Examples of one direction stand alone.
    for (const code of MISSING_POLICY) if (code !== warning) codes.delete(code);
    expect(codes).toEqual(new Set(warning === undefined ? [] : [warning]));
  });

  test.each(wrong)('line $line is refused, $before', ({ before, text }) => {
    const code = named(before, 'code');
    expect(code).toBeDefined();
    expect(read(text).steps).toEqual([]);
    for (const statement of text.trimEnd().split(/(?<=;)\n/)) {
      const { diagnostics } = read(statement);
      const errors = diagnostics.filter(({ severity }) => severity === 'error');
      expect(new Set(errors.map((error) => error.code)), statement).toEqual(new Set([code]));
    }
  });
});

describe('docs/setkey.md names every algorithm', () => {
  const known = [...ENCRYPTION_ALGORITHMS, ...INTEGRITY_ALGORITHMS].flatMap(({ setkey }) => setkey);
  const absent = [...GONE_CIPHERS, ...GONE_INTEGRITY, ...GONE_COMPRESSION];
  test.each([...new Set([...known, ...absent])])('%s', (name) => {
    expect(PAGE).toContain(`\`${name}\``);
  });
});

const MISSING_POLICY = ['missing-inbound-policy', 'missing-outbound-policy'] as const;
