import { expect, test } from 'vitest';
import { Secret } from '../../crypto/secret.ts';
import type { Login, PasswordVerdict } from '../../io/passwords/verdict.ts';
import { checkWith } from './password-check.ts';

const BOB = { version: 4, octets: Uint8Array.of(10, 9, 0, 2) } as const;

/** What comes of it when the host says `verdict`, of a password that is wiped afterwards. */
async function check(verdict: PasswordVerdict) {
  const seen: Login[] = [];
  const complaints: string[] = [];
  const passwords = {
    check: async (_source: string, login: Login) => {
      seen.push({ ...login, password: login.password.slice() });
      return verdict;
    },
  };
  const password = new Secret(Buffer.from('sesame'));
  const question = { kind: 'password', source: 'pam', user: 'bob', password, remote: BOB } as const;
  const answer = await checkWith(passwords, (text) => complaints.push(text))(question);
  expect(seen).toEqual([
    { user: 'bob', password: Uint8Array.from(Buffer.from('sesame')), remote: '10.9.0.2' },
  ]);
  expect(password.expose()).toEqual(new Uint8Array(6));
  return { answer, complaints };
}

test('who has the right password is let in with his groups', async () => {
  expect(await check({ kind: 'accepted', groups: ['staff'] })).toEqual({
    answer: { kind: 'password', accepted: true, groups: ['staff'] },
    complaints: [],
  });
});

test('why somebody is not let in is for the log, and not for him', async () => {
  expect(await check({ kind: 'rejected', why: 'the account is locked' })).toEqual({
    answer: { kind: 'password', accepted: false, groups: [] },
    complaints: ['bob at 10.9.0.2 is not let in: the account is locked'],
  });
});

test('what nobody could check is refused', async () => {
  expect((await check({ kind: 'unchecked', why: 'PAM is away' })).answer).toEqual({
    kind: 'refused',
    reason: 'PAM is away',
  });
});
