/**
 * What is found in the examples, written down; and files that people wrote, gone through without a
 * throw. Most of them lie beside the checkout, in `../shared`, where there is one.
 *
 * @module
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sharedPath } from '../../../test/support/examples.ts';
import { PROJECT } from '../../../test/support/hosts.ts';
import { formatDiagnostic } from '../diagnostic.ts';
import { checkSetkey } from './setkey/check-setkey.ts';

/** `line severity code` of each finding, for a file that its owner alone may read. */
function found(path: string): string[] {
  const source = { name: 't', text: readFileSync(path, 'utf8') };
  const { diagnostics } = checkSetkey(source, { mode: 0o600 });
  return diagnostics.map(({ line, severity, code }) => `${line} ${severity} ${code}`);
}

function gazette(first: number): string[] {
  return [
    `${first} warning weak-algorithm`,
    ...[first, first + 1, first + 4, first + 5].map((line) => `${line} error published-key`),
  ];
}

const HOWTO = [5, 6, 8, 9].map((line) => `${line} error published-key`);
const LARTC = [
  '6 error weak-algorithm',
  '6 error published-key',
  '7 warning reused-key',
  '10 warning weak-algorithm',
  '10 error published-key',
  '11 warning reused-key',
];
const PER_PORT = [
  '4 error published-key',
  '4 warning weak-algorithm',
  '4 error published-key',
  '5 error published-key',
  '5 error published-key',
];

describe('what is found in the example that is shipped', () => {
  test.each(['alice', 'bob'])('%s', (host) => {
    const path = join(PROJECT, 'examples', 'gazette', `${host}.setkey.conf`);
    expect(found(path)).toEqual([
      '9 warning weak-algorithm',
      ...[9, 10, 13, 14].map((line) => `${line} error published-key`),
    ]);
  });
});

const examples = sharedPath('examples');

describe.skipIf(examples === null)('what is found in the examples', () => {
  test.each([
    ['gazette/alice', gazette(7)],
    ['gazette/bob', gazette(7)],
    ['howto/alice', HOWTO],
    ['howto/bob', HOWTO],
    ['lartc/alice', LARTC],
    ['lartc/bob', LARTC],
    [
      'lartc/one-way-dangerous',
      [
        '3 warning missing-flush',
        '3 error weak-algorithm',
        '3 error published-key',
        '4 warning weak-algorithm',
        '4 error published-key',
        '6 error missing-inbound-policy',
      ],
    ],
    ['per-port/alice', PER_PORT],
    ['per-port/bob', PER_PORT],
  ])('%s', (file, expected) => {
    expect(found(join(examples ?? '', `${file}.setkey.conf`))).toEqual(expected);
  });
});

const corpus = sharedPath('vectors', 'G_configs', 'setkey');

describe.skipIf(corpus === null)('files that people wrote', () => {
  const files = (corpus === null ? [] : filesBelow(corpus)).filter(
    (path) => !/\/(?:meta|expected|index)\.[^/]*$/.test(path),
  );

  test('are many, and of all that can be loaded nothing shows a key', () => {
    const codes = new Set<string>();
    let loaded = 0;
    for (const path of files) {
      const text = readFileSync(path, 'utf8');
      const { file, diagnostics } = checkSetkey({ name: 't', text }, { mode: 0o644 });
      if (file === null) continue;
      loaded += 1;
      for (const diagnostic of diagnostics) {
        codes.add(diagnostic.code);
        expect(formatDiagnostic(diagnostic)).not.toMatch(/[\da-f]{17}/i);
      }
    }
    expect(loaded).toBeGreaterThan(40);
    expect(codes.size).toBeGreaterThan(8);
  });
});

function filesBelow(directory: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}
