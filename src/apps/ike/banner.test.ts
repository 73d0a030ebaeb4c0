import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readBanner } from './banner.ts';

const folder = mkdtempSync(join(tmpdir(), 'ipseal-banner-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a banner is what the file says, cut between characters where it is too long to be sent', () => {
  const path = join(folder, 'motd');
  writeFileSync(path, 'Welcome\nto us\n');
  expect(readBanner(path)).toBe('Welcome\nto us\n');
  writeFileSync(path, `${'a'.repeat(4095)}é`);
  expect(readBanner(path)).toBe('a'.repeat(4095));
});

test('there is no banner where there is no file, or where it is no file', () => {
  expect(readBanner(join(folder, 'nothing'))).toBeNull();
  expect(readBanner(folder)).toBeNull();
});
