import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../../test/lab/cleanup.ts';
import { readOctets, whyNot } from './file-trouble.ts';

let directory: TemporaryDirectory;

beforeEach(() => {
  directory = makeTemporaryDirectory();
});

afterEach(() => directory.remove());

test('a file is read as it is', () => {
  const path = join(directory.path, 'a');
  writeFileSync(path, Buffer.of(0xe9, 0x0a));
  expect([...readOctets(path)]).toEqual([0xe9, 0x0a]);
});

test('a file that is not there, a directory and what is below a file are told apart', () => {
  const [missing, folder, file] = ['missing', 'folder', 'file'].map((n) => join(directory.path, n));
  mkdirSync(`${folder}`);
  writeFileSync(`${file}`, '');
  for (const [path, reason] of [
    [missing, 'No such file or directory'],
    [folder, 'Is a directory'],
    [`${file}/below`, 'Not a directory'],
  ]) {
    expect(() => readOctets(`${path}`)).toThrow(`Can't open \`${path}': ${reason}`);
  }
});

test('a reason is told in words, one that has none here by its code, and any other as it is', () => {
  expect(whyNot(Object.assign(new Error('x'), { code: 'EACCES' }))).toBe('Permission denied');
  expect(whyNot(Object.assign(new Error('x'), { code: 'EIO' }))).toBe('EIO');
  expect(whyNot('gone')).toBe('gone');
});
