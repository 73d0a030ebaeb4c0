import { expect, test } from 'vitest';
import { login } from '../../../../test/support/transactions.ts';
import { CredentialFault } from '../../credential-fault.ts';
import type { Origin } from '../../origin.ts';
import { ANYBODY, keyFor, type PreSharedKey } from '../../pre-shared-keys.ts';
import { loginFor } from './situation.ts';

const at: Origin = { file: 'psk.txt', line: 1, column: 1, text: 'bob' };
const BOB: PreSharedKey = { identity: 'bob', key: login('bob', 'of the file').password, at };
const ALL: PreSharedKey = { identity: ANYBODY, key: login('', 'of hosts').password, at };
const EVE = login('eve', 'by hand');

const credentials = {
  preSharedKey([identity = '']: readonly string[]) {
    const problem = { kind: 'no-shared-key', identities: [identity] } as const;
    return keyFor([BOB, ALL], identity) ?? new CredentialFault(problem);
  },
};

function passwordFor(xauthLogin: string | null, command: typeof EVE | null): string | null {
  const found = loginFor({ xauthLogin }, credentials, command);
  return found && `${found.user}: ${new TextDecoder().decode(found.password.expose())}`;
}

test('a login is of the command, or of the configuration with its line of psk.txt', () => {
  expect(passwordFor('bob', null)).toBe('bob: of the file');
  expect(passwordFor('bob', EVE)).toBe('eve: by hand');
  expect(passwordFor(null, EVE)).toBe('eve: by hand');
  expect(passwordFor(null, null)).toBeNull();
});

test('a key for everybody is no password of anybody', () => {
  expect(passwordFor('mallory', null)).toBeNull();
});
