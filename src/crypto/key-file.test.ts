import { expect, test } from 'vitest';
import { keyFileFault } from './key-file.ts';

test('a file that others may use is told of', () => {
  expect(keyFileFault({ uid: 0, mode: 0o100600 }, 0)).toBeNull();
  expect(keyFileFault({ uid: 0, mode: 0o100400 }, 0)).toBeNull();
  expect(keyFileFault({ uid: 0, mode: 0o100640 }, 0)).toBe(
    'others may use it (mode 0640): chmod 600 it',
  );
  expect(keyFileFault({ uid: 7, mode: 0o100600 }, 0)).toBe(
    'it belongs to user 7, and not to user 0',
  );
});
