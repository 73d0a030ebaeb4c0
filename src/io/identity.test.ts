import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import {
  bootId,
  environmentOf,
  fileId,
  isRunning,
  networkNamespaceId,
  parentOf,
  processOf,
} from './identity.ts';

test('a boot and a namespace stay what they are', () => {
  expect(bootId()).toMatch(/^[0-9a-f-]{36}$/);
  expect(networkNamespaceId()).toMatch(/^[0-9a-f]+$/);
  expect(networkNamespaceId()).toBe(networkNamespaceId());
});

test('a process is told from one of the same number', () => {
  const own = processOf(process.pid);
  expect(own && isRunning(own)).toBe(true);
  expect(own && isRunning({ ...own, startedAt: '1' })).toBe(false);
  const { pid } = spawnSync('true');
  expect(processOf(pid)).toBeNull();
});

test('a process has a parent and an environment, and the first has no parent', () => {
  expect(parentOf(process.pid)).toBe(process.ppid);
  expect(parentOf(1)).toBeNull();
  expect(environmentOf(process.pid)?.get('PATH')).toBeDefined();
  expect(environmentOf(2 ** 30)).toBeNull();
});

test('a file that is not there has no identity', () => {
  expect(fileId('/nowhere')).toBeNull();
  expect(fileId('/')).toMatch(/^\d+-\d+$/);
});
