import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../../../../test/lab/cleanup.ts';
import { keepWritten } from '../../../../test/support/written.ts';
import { UsageError } from '../../getopt.ts';
import { keygenPair, type PairOptions } from './pair.ts';

let directory: TemporaryDirectory;
let printed: { readonly text: string };

beforeEach(() => {
  directory = makeTemporaryDirectory();
  printed = keepWritten(process.stdout);
});

afterEach(() => {
  vi.restoreAllMocks();
  directory.remove();
});

function pair(a: string, b: string, options: PairOptions = {}): Promise<number> {
  return keygenPair(a, b, { output: join(directory.path, 'keys'), ...options });
}

test.each([
  [{}, 'ping 10.9.0.2; ipseal status'],
  [{ netB: '10.2.0.0/16' }, 'ping A-HOST-IN-10.2.0.0/16; ipseal status'],
  [{ netA: '10.1.0.0/16' }, 'ping -I AN-ADDRESS-IN-10.1.0.0/16 10.9.0.2; ipseal status'],
  [
    { netA: '10.1.0.0/16', netB: '10.2.0.0/16' },
    'ping -I AN-ADDRESS-IN-10.1.0.0/16 A-HOST-IN-10.2.0.0/16; ipseal status',
  ],
])('with %o it says to send what the policies are about', async (options, ping) => {
  expect(await pair('alice=10.9.0.1', 'bob=10.9.0.2', options)).toBe(0);
  expect(printed.text).toContain(`       ${ping}\n`);
});

test.each(['0.0.0.0', '127.0.0.1', '224.0.0.1', '255.255.255.255', '::', '::1', 'ff02::1'])(
  'no host has the address %s, and nothing is written',
  async (address) => {
    const other = address.includes(':') ? '2001:db8::1' : '10.9.0.1';
    await expect(pair(other, `bob=${address}`)).rejects.toThrow(UsageError);
    expect(existsSync(join(directory.path, 'keys'))).toBe(false);
  },
);

test('a file in the place of the directory is told as such', async () => {
  const output = join(directory.path, 'keys');
  writeFileSync(output, '');
  const reason = `Cannot make the directory ${output}: File exists`;
  await expect(pair('10.9.0.1', '10.9.0.2', { output })).rejects.toThrow(reason);
});
