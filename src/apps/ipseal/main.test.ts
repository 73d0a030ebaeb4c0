/**
 * What `ipseal` says when a command line cannot be carried out, and its exit status.
 *
 * @module
 */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../../../test/lab/cleanup.ts';
import { main } from './main.ts';

let directory: TemporaryDirectory;
let said: string;

beforeEach(() => {
  directory = makeTemporaryDirectory();
  said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  directory.remove();
});

/** NODIR stands for a path with nothing there. */
async function run(line: string): Promise<number> {
  const nowhere = join(directory.path, 'nowhere');
  return main(line.split(' ').map((word) => word.replace('NODIR', nowhere)));
}

test.each([
  ['frobnicate', 2],
  ['chek', 2],
  ['diff', 2],
  ['apply', 2],
  ['apply --bogus', 2],
  ['apply --confirm 5x f', 2],
  ['apply NODIR/f', 1],
  ['diff NODIR/f', 2],
  ['mirror NODIR/f', 1],
  ['check', 2],
  ['check NODIR/f', 2],
  ['check --bogus', 2],
  ['explain 10.9.0.1', 2],
  ['explain 10.9.0.1 10.9.0.2 nonsense', 2],
  ['explain 10.9.0.1 10.9.0.2 --policy NODIR/f', 1],
  ['firewall', 2],
  ['firewall --require tcp/x', 2],
  ['firewall --from NODIR/f', 1],
  ['boot install', 2],
  ['boot install NODIR/f', 1],
  ['doctor nonsense', 2],
  ['ifcfg show', 2],
  ['ifcfg show ipsec0 --scripts NODIR', 1],
  ['ifcfg list --scripts NODIR', 1],
  ['keygen nonsense', 2],
  ['keygen pair 10.9.0.1', 2],
  ['watch --bogus', 2],
  ['watch -r NODIR/f', 1],
  ['status --backend nonsense', 2],
])(
  'says what is wrong with "ipseal %s" in its own name, and ends with status %i',
  async (line, status) => {
    expect(await run(line)).toBe(status);
    expect(said).toMatch(/^ipseal: \S/);
    expect(said).toMatch(/[^\n]\n$/);
  },
);

test('knows what was meant', async () => {
  await run('chek');
  expect(said).toBe("ipseal: unknown command 'chek'\n(Did you mean check?)\n");
});
