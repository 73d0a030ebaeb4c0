import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../../test/lab/cleanup.ts';
import { writePrivateFiles } from './private-file.ts';

let directory: TemporaryDirectory;
let path: string;

beforeEach(() => {
  directory = makeTemporaryDirectory();
  path = join(directory.path, 'a');
});

afterEach(() => directory.remove());

test('what is written is for its owner alone, octet for octet', () => {
  writePrivateFiles([{ path, text: 'a\u00e9', encoding: 'latin1' }], false);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect([...readFileSync(path)]).toEqual([0x61, 0xe9]);
});

test('nothing is written when one of the files is there', () => {
  writeFileSync(path, 'old');
  const other = join(directory.path, 'b');
  const files = [other, path].map((each) => ({ path: each, text: 'new' }));
  expect(() => writePrivateFiles(files, false)).toThrow(`Cannot write ${path}`);
  expect([existsSync(other), readFileSync(path, 'utf8')]).toEqual([false, 'old']);
});

test('what is overwritten becomes private', () => {
  writeFileSync(path, 'old and longer');
  chmodSync(path, 0o644);
  writePrivateFiles([{ path, text: 'new' }], true);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, 'utf8')).toBe('new');
});
