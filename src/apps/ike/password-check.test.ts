import { describe, expect, test } from 'vitest';
import { ikeOf, proposalText } from '../../../test/support/ike-peers.ts';
import { Secret } from '../../crypto/secret.ts';
import type { Login, PasswordVerdict } from '../../io/passwords/verdict.ts';
import { PasswordCheck } from './password-check.ts';

const withMethod = (method: string) =>
  ikeOf(
    `remote 10.9.0.2 { exchange_mode main; ${proposalText(`aes 128, sha256, ${method}, 19`)} }`,
  );
const GATEWAY = withMethod('xauth_psk_server');
const HOST = withMethod('pre_shared_key');

const BOB = { version: 4, octets: Uint8Array.of(10, 9, 0, 2) } as const;

/** What comes of it when the host says `verdict`, of a password that is wiped afterwards. */
async function check(verdict: PasswordVerdict) {
  const seen: Login[] = [];
  const complaints: string[] = [];
  const checker = {
    check: async (_source: string, login: Login) => {
      seen.push({ ...login, password: login.password.slice() });
      return verdict;
    },
    stop: async () => undefined,
  };
  const passwords = new PasswordCheck({
    start: () => checker,
    user: () => 0,
    complain: (text) => complaints.push(text),
  });
  passwords.prepare(GATEWAY);
  const password = new Secret(Buffer.from('sesame'));
  const question = { kind: 'password', source: 'pam', user: 'bob', password, remote: BOB } as const;
  const answer = await passwords.check(question);
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

describe('somebody who can check passwords', () => {
  /** What was started and stopped, and a check for a process that may become another user. */
  function checkOf() {
    const process = { user: 0, started: 0, stopped: 0 };
    const start = () => {
      process.started += 1;
      return {
        check: async () => ({ kind: 'rejected', why: 'it is wrong' }) as const,
        stop: async () => {
          process.stopped += 1;
        },
      };
    };
    const user = () => process.user;
    return { process, passwords: new PasswordCheck({ start, user, complain: () => undefined }) };
  }

  test('is there from when the first configuration needs him, and once', async () => {
    const { process, passwords } = checkOf();
    passwords.prepare(HOST);
    expect(process.started).toBe(0);
    passwords.prepare(GATEWAY);
    passwords.prepare(HOST);
    passwords.prepare(GATEWAY);
    expect(process.started).toBe(1);
    await passwords.stop();
    expect(process.stopped).toBe(1);
  });

  test('cannot come when rights were given up, and stays when he was there before', () => {
    const late = checkOf();
    late.passwords.prepare(HOST);
    late.process.user = 1000;
    expect(() => late.passwords.prepare(GATEWAY)).toThrow(/given up .*: start again$/);
    const timely = checkOf();
    timely.passwords.prepare(GATEWAY);
    timely.process.user = 1000;
    timely.passwords.prepare(GATEWAY);
    expect(timely.process.started).toBe(1);
  });
});
