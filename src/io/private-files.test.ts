import {
  chmodSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../../test/lab/cleanup.ts';
import { FileLock } from './file-lock.ts';
import { PrivateFiles } from './private-files.ts';

let directory: TemporaryDirectory;

beforeEach(() => {
  directory = makeTemporaryDirectory();
});

afterEach(() => {
  directory.remove();
});

test("files and their directory are their owner's alone", () => {
  const path = join(directory.path, 'state');
  const files = PrivateFiles.in(path);
  files.write('a', 'one');
  files.write('a', 'two');
  expect(files.read('a')).toBe('two');
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(statSync(files.path('a')).mode & 0o777).toBe(0o600);
  expect(readdirSync(path)).toEqual(['a']);
});

test('a file that is not there reads as null, and is removed with ease', () => {
  const files = PrivateFiles.in(directory.path);
  expect(files.read('a')).toBeNull();
  files.remove('a');
});

test('what was written is gone from a file that somebody still holds', () => {
  const files = PrivateFiles.in(directory.path);
  files.write('a', 'secret');
  const held = `/proc/self/fd/${openSync(files.path('a'), 'r')}`;
  files.remove('a');
  expect(existsSync(files.path('a'))).toBe(false);
  expect(readFileSync(held, 'utf8')).toBe('');
});

test('a directory that others may use, or a link to one, is refused', () => {
  chmodSync(directory.path, 0o755);
  expect(() => PrivateFiles.in(directory.path)).toThrow('open to others');
  chmodSync(directory.path, 0o700);
  const link = `${directory.path}-link`;
  symlinkSync(directory.path, link);
  try {
    expect(() => PrivateFiles.in(link)).toThrow();
  } finally {
    rmSync(link);
  }
});

test('a lock is had by one at a time', () => {
  const path = join(directory.path, 'lock');
  const first = FileLock.take(path);
  expect(first).not.toBeNull();
  expect(FileLock.take(path)).toBeNull();
  first?.release();
  const second = FileLock.take(path);
  expect(second).not.toBeNull();
  second?.release();
});
