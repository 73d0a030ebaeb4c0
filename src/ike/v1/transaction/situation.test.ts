import { expect, test } from 'vitest';
import { login } from '../../../../test/support/transactions.ts';
import type { Origin } from '../../origin.ts';
import type { PreSharedKey } from '../../pre-shared-keys.ts';
import { loginFor } from './situation.ts';

const at: Origin = { file: 'psk.txt', line: 1, column: 1, text: 'bob' };
const KEYS: PreSharedKey[] = [{ identity: 'bob', key: login('bob', 'of the file').password, at }];
const EVE = login('eve', 'by hand');

function passwordFor(xauthLogin: string | null, command: typeof EVE | null): string | null {
  const found = loginFor({ xauthLogin }, KEYS, command);
  return found && `${found.user}: ${new TextDecoder().decode(found.password.expose())}`;
}

test('a login is of the command, or of the configuration with its line of psk.txt', () => {
  expect(passwordFor('bob', null)).toBe('bob: of the file');
  expect(passwordFor('bob', EVE)).toBe('eve: by hand');
  expect(passwordFor(null, EVE)).toBe('eve: by hand');
  expect(passwordFor(null, null)).toBeNull();
  expect(passwordFor('mallory', null)).toBeNull();
});
