import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepWritten } from '../../../../test/support/written.ts';
import { watch } from './watch.ts';

let complaint: { readonly text: string };

beforeEach(() => {
  complaint = keepWritten(process.stderr);
});

afterEach(() => void vi.restoreAllMocks());

test('a command line that makes no sense has status 2, and says where help is', async () => {
  expect(await watch(['--leaks'])).toBe(2);
  expect(complaint.text).toContain('add --policy\nsee ipseal watch --help\n');
});

test.each([['-r'], ['-F'], ['--sad']])(
  'a file of %s that is not there has status 1',
  async (option) => {
    expect(await watch(['-r', '/dev/null', option, '/nowhere/a'])).toBe(1);
    expect(complaint.text).toBe("ipseal: Can't open `/nowhere/a': No such file or directory\n");
  },
);
