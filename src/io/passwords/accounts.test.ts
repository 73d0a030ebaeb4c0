import { expect, test } from 'vitest';
import { type AccountFiles, accountOf, anyHash, groupsOf } from './accounts.ts';

const TODAY = 20_000;
const HASH = '$6$salt$hash';

function files(shadow: string, uid = 1000): AccountFiles {
  return {
    passwd: `root:x:0:0::/root:/bin/sh\nbob:x:${uid}:100:Bob,,,:/home/bob:/usr/sbin/nologin\n`,
    shadow: `root:*:19000:0:99999:7:::\n${shadow}\n`,
    group: 'root:x:0:\nusers:x:100:\nvpn:x:1001:eve,bob\nbobs:x:1002:bobby\nstaff:x:50:bob\n',
  };
}

test('a user has a hash, and the groups that name him or that he is in by himself', () => {
  expect(accountOf(files(`bob:${HASH}:19000:0:99999:7:::`), 'bob', TODAY)).toEqual({
    user: 'bob',
    groups: ['users', 'vpn', 'staff'],
    hash: HASH,
    fault: null,
  });
});

test.each<[string, string, string | null]>([
  ['nothing speaks against', `bob:${HASH}:19000:0:99999:7:::`, null],
  ['no ages are given', `bob:${HASH}:::::::`, null],
  ['the password was changed tomorrow', `bob:${HASH}:20001:0:1:7:::`, null],
  ['the password is as old as it may be', `bob:${HASH}:19990:0:10:7:::`, null],
  ['the password is older', `bob:${HASH}:19990:0:9:7:30::`, 'the password has expired'],
  [
    'the password is new, and his to change',
    `bob:${HASH}:0:0:99999:7:::`,
    'the password must be changed first',
  ],
  ['the account ends tomorrow', `bob:${HASH}:19000:0:99999:7::20001:`, null],
  ['the account ends today', `bob:${HASH}:19000:0:99999:7::20000:`, 'the account has expired'],
  ['somebody locked it', `bob:!${HASH}:19000:0:99999:7:::`, 'the account is locked'],
  ['it never had a password', 'bob:!:19000:0:99999:7:::', 'the account is locked'],
  ['it is of a service', 'bob:*:19000:0:99999:7:::', 'the account is locked'],
])('where %s', (_, line, fault) => {
  expect(accountOf(files(line), 'bob', TODAY)?.fault).toBe(fault);
});

test('root may never come in', () => {
  expect(accountOf(files(`bob:${HASH}:19000::::::`, 0), 'bob', TODAY)?.fault).toBe('he is root');
  expect(accountOf(files(''), 'root', TODAY)?.fault).toBe('he is root');
});

test.each([
  ['', null],
  ['!', null],
  ['*', null],
  ['x', null],
  [HASH, HASH],
  [`!${HASH}`, HASH],
  ['abJnggxhB/yWI', 'abJnggxhB/yWI'],
])('the field %o has the hash %o', (field, hash) => {
  expect(accountOf(files(`bob:${field}:19000::::::`), 'bob', TODAY)?.hash).toBe(hash);
});

test.each(['eve', '', 'bo', 'bob:x', 'bob\nroot', '+', 'b.b', 'Bob'])('%o is nobody', (user) => {
  expect(accountOf(files(`bob:${HASH}:19000::::::`), user, TODAY)).toBeNull();
});

test('a user of one file alone is nobody', () => {
  const { passwd, shadow, group } = files(`bob:${HASH}:19000::::::`);
  expect(accountOf({ passwd: '', shadow, group }, 'bob', TODAY)).toBeNull();
  expect(accountOf({ passwd, shadow: '', group }, 'bob', TODAY)).toBeNull();
});

test('who has no hash is checked against that of another', () => {
  expect(anyHash(files(`bob:!${HASH}:1::::::`))).toBe(HASH);
  expect(anyHash(files(''))).toBeNull();
});

test('who is of no file here may be in groups, and is in no others', () => {
  const { passwd, shadow, group } = files(`bob:${HASH}:1::::::`);
  const hosts = { passwd, shadow, group: `${group}\n# a comment\n` };
  expect(groupsOf(hosts, 'eve')).toEqual(['vpn']);
  expect(groupsOf(hosts, 'mallory')).toEqual([]);
});
