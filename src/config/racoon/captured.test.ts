/**
 * What racoon 0.9.1 was fed to see its errors, beside what we make of it. The captures lie beside the
 * checkout, in `../shared`, where there is one.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sharedPath } from '../../../test/support/examples.ts';
import { readRacoon } from './read.ts';

/** Line, column and code of each error. */
const SAID: Readonly<Record<string, readonly string[]>> = {
  unknown: ['1:1 unknown-statement'],
  nosemi: ['1:9 missing-semicolon'],
  noexch: ['1:1 missing-exchange-mode'],
  noprop: ['1:1 missing-proposal'],
  nodh: ['1:40 incomplete-proposal'],
  badkeylen: ['1:76 key-length'],
  keylen3des: ['1:77 unexpected-key-length'],
  baddh: [],
  sainfonoauth: ['1:1 missing-algorithms'],
  sainfonocomp: ['1:1 missing-algorithms'],
  dupsainfo: ['2:1 repeated-sainfo'],
  hmacrmd: ['1:71 unknown-algorithm'],
  gcm: ['1:41 unknown-algorithm'],
  include: ['1:9 unread-file'],
  peersnocert: [],
  aggdh: ['1:252 unequal-groups'],
  bytelife: ['1:20 byte-lifetime'],
  emptyfile: [],
  admin: ['1:10 left-out'],
  natkeep: [],
  remname: ['2:8 repeated-remote'],
  inherit: ['1:20 unknown-remote'],
};

/** Files that racoon refused and we read. */
const READ_HERE: Readonly<Record<string, string>> = {
  baddh: 'group 19, over a curve, is there',
  peersnocert: 'a certificate is read when it is needed',
};

interface Case {
  readonly name: string;
  readonly text: string;
  readonly refused: boolean;
}

const path = sharedPath('reference', 'captured', 'racoon', 'fork-0.9.1-conf-errors.txt');
const cases: Case[] = (path === null ? '' : readFileSync(path, 'utf8'))
  .split(/^##### /m)
  .slice(1)
  .map((part) => {
    const [name = '', ...lines] = part.split('\n');
    const end = lines.indexOf('---');
    return {
      name,
      text: `${lines.slice(0, end).join('\n')}\n`,
      // 124 is that of the clock that stopped it.
      refused: !lines.includes('rc=124'),
    };
  });

test.skipIf(path === null)('the table has every captured file, and no others', () => {
  expect(cases.map(({ name }) => name).sort()).toEqual(Object.keys(SAID).sort());
});

test.each(cases)('$name', ({ name, text, refused }) => {
  const files = new Map([['/nonexistent.conf', { files: [] }]]);
  const { configuration, diagnostics } = readRacoon({ name: 'bad.conf', text }, { files });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(errors.map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual(SAID[name]);
  expect(configuration === null).toBe(refused && READ_HERE[name] === undefined);
});
