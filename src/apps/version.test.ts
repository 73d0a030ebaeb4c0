import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { version } from './version.ts';

test('version() is that of package.json', () => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  expect(version()).toMatch(/^\d+\.\d+\.\d+/);
  expect(JSON.parse(text)).toMatchObject({ name: 'ipseal', version: version() });
});
