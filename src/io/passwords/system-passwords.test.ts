import { describe, expect, test } from 'vitest';
import { loadCrypt } from './crypt.ts';
import { checkSystemPassword } from './system-passwords.ts';

const TODAY = 20_000;
/** Of "Hello world!", as OpenSSL computed it. */
const SHA512 =
  '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1';

function files(hash: string, uid = 1000) {
  return {
    passwd: `bob:x:${uid}:100::/home/bob:/bin/sh\n`,
    shadow: `bob:${hash}:19000:0:99999:7:::\n`,
    group: 'users:x:100:\n',
  };
}

function login(user: string, password: string) {
  return { user, password: new TextEncoder().encode(password), remote: '10.9.0.2' };
}

describe.skipIf(loadCrypt() === null)('with libcrypt', () => {
  const crypt = loadCrypt();
  if (crypt === null) return;

  test.each([
    ['SHA-512', SHA512],
    ['SHA-256', '$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'],
  ])('passwords hashed by %s are known', (_, hash) => {
    const check = (password: string) =>
      checkSystemPassword(login('bob', password), files(hash), TODAY, crypt);
    expect(check('Hello world!')).toEqual({ kind: 'accepted', groups: ['users'] });
    for (const wrong of ['hello world!', 'Hello world!!', '', 'Hello world!\0', 'x'.repeat(511)]) {
      expect(check(wrong).kind).toBe('rejected');
    }
  });

  test('methods that nobody has are told of', () => {
    const verdict = checkSystemPassword(login('bob', 'x'), files('$nosuch$a$b'), TODAY, crypt);
    expect(verdict).toEqual({
      kind: 'rejected',
      why: expect.stringContaining('cannot hash'),
    });
  });
});

test.each<[string, string, string, number, string]>([
  ['a stranger', 'eve', SHA512, 1000, 'there is no such user'],
  ['somebody without a password', 'bob', '', 1000, 'he has no password'],
  ['a locked account', 'bob', `!${SHA512}`, 1000, 'the account is locked'],
  ['an account that was never open', 'bob', '*', 1000, 'the account is locked'],
  ['root', 'bob', SHA512, 0, 'he is root'],
])('%s is turned away, after as much work as anybody', (_, user, hash, uid, why) => {
  const settings: string[] = [];
  const verdict = checkSystemPassword(
    login(user, 'Hello world!'),
    files(hash, uid),
    TODAY,
    (_, setting) => {
      settings.push(setting);
      return SHA512;
    },
  );
  expect(verdict).toEqual({ kind: 'rejected', why });
  expect(settings).toEqual([hash.includes('$') ? SHA512 : '$6$nobodyhasthis$']);
});

test('a wrong password of a locked account is a wrong password', () => {
  const verdict = checkSystemPassword(login('bob', 'x'), files(`!${SHA512}`), TODAY, () => '$6$x');
  expect(verdict).toEqual({ kind: 'rejected', why: 'the password is wrong' });
});
