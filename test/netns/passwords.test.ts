/**
 * Passwords of a host that is made up: in a mount namespace of its own, files of the test lie over
 * /etc/passwd, shadow and group, and over all of /etc/pam.d. The real libcrypt and libpam read them.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PasswordSource } from '../../src/io/passwords/login-frame.ts';
import type { PasswordVerdict } from '../../src/io/passwords/verdict.ts';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../lab/cleanup.ts';
import { succeed } from '../lab/command.ts';
import { describeNetns } from '../lab/tier.ts';

const CHECKER = fileURLToPath(
  new URL('../../dist/io/passwords/password-checker.js', import.meta.url),
);

/** Each of "Hello world!": by yescrypt, and by SHA-512 as OpenSSL computes it. */
const YESCRYPT = '$y$j9T$saltstringsalt12$3UaZpMs7kgOte9RbvmCpXCCaxL9lTzHnB7U3rTbPyr2';
const SHA512 =
  '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1';

/** Asks about all logins at once, and prints the verdicts in their order. */
const DRIVER = `
const { PasswordChecker } = await import(${JSON.stringify(CHECKER)});
const checker = PasswordChecker.start();
const logins = JSON.parse(process.env.LOGINS);
const verdicts = logins.map(({ source, user, password }) =>
  checker.check(source, { user, password: Buffer.from(password), remote: '10.9.0.2' }));
console.log(JSON.stringify(await Promise.all(verdicts)));
await checker.stop();
`;

/** Lays the files of the directory $1 over those of the host, and runs the rest. */
const OVERLAY = `
set -e
for name in passwd shadow group pam.d; do mount --bind "$1/$name" "/etc/$name"; done
shift
exec "$@"
`;

interface Question {
  readonly source: PasswordSource;
  readonly user: string;
  readonly password: string;
}

describeNetns('passwords', () => {
  let directory: TemporaryDirectory;

  beforeAll(() => {
    directory = makeTemporaryDirectory();
    mkdirSync(join(directory.path, 'pam.d'));
    put('passwd', [
      'root:x:0:0::/root:/bin/sh',
      ...['alice', 'bob', 'carol', 'dave'].map((name, k) => `${name}:x:${1000 + k}:100::/:/bin/sh`),
    ]);
    put('shadow', [
      `root:${SHA512}:19000:0:99999:7:::`,
      `alice:${YESCRYPT}:19000:0:99999:7:::`,
      `bob:${SHA512}:19000:0:99999:7:::`,
      `carol:!${SHA512}:19000:0:99999:7:::`,
      `dave:${SHA512}:19000:0:99999:7::19001:`,
    ]);
    put('group', ['root:x:0:', 'users:x:100:', 'vpn:x:1001:bob,alice', 'shadow:x:42:']);
    put('pam.d/other', ['auth required pam_deny.so', 'account required pam_deny.so']);
  });

  afterAll(() => directory.remove());

  function put(name: string, lines: readonly string[]): void {
    writeFileSync(join(directory.path, name), `${lines.join('\n')}\n`, { mode: 0o600 });
  }

  async function verdicts(...questions: readonly Question[]): Promise<PasswordVerdict[]> {
    const node = [process.execPath, '--input-type=module', '--eval', DRIVER];
    const printed = await succeed(
      null,
      ['unshare', '--mount', 'sh', '-c', OVERLAY, 'sh', directory.path, ...node],
      { env: { LOGINS: JSON.stringify(questions) }, timeoutMs: 90_000 },
    );
    return JSON.parse(printed) as PasswordVerdict[];
  }

  test('are known by the hash of shadow, and only those', async () => {
    const login = (user: string, password: string): Question => ({
      source: 'system',
      user,
      password,
    });
    const right = 'Hello world!';
    const found = await verdicts(
      login('alice', right),
      login('bob', right),
      login('alice', 'hello world!'),
      login('bob', ''),
      login('eve', right),
      login('carol', right),
      login('dave', right),
      login('root', right),
    );
    const accepted = { kind: 'accepted', groups: ['users', 'vpn'] };
    const rejected = (why: string) => ({ kind: 'rejected', why });
    expect(found).toEqual([
      accepted,
      accepted,
      rejected('the password is wrong'),
      rejected('the password is wrong'),
      rejected('there is no such user'),
      rejected('the account is locked'),
      rejected('the account has expired'),
      rejected('he is root'),
    ]);
  });

  test.each<[string, string[], (PasswordVerdict | PasswordVerdict['kind'])[]]>([
    [
      'let in whoever pam_permit lets in',
      ['auth required pam_permit.so', 'account required pam_permit.so'],
      [
        { kind: 'accepted', groups: ['users', 'vpn'] },
        { kind: 'accepted', groups: ['users', 'vpn'] },
        { kind: 'accepted', groups: [] },
      ],
    ],
    [
      'keep out whom pam_deny keeps out',
      ['auth required pam_deny.so', 'account required pam_permit.so'],
      ['rejected', 'rejected', 'rejected'],
    ],
    [
      'keep out whose account is not good',
      ['auth required pam_permit.so', 'account required pam_deny.so'],
      ['rejected', 'rejected', 'rejected'],
    ],
    [
      'are asked for by pam_unix',
      ['auth required pam_unix.so', 'account required pam_unix.so'],
      [
        { kind: 'accepted', groups: ['users', 'vpn'] },
        { kind: 'rejected', why: 'PAM says: Authentication failure' },
        'rejected',
      ],
    ],
    [
      'are unknown when a module is missing',
      ['auth required pam_of_nobody.so', 'account required pam_permit.so'],
      ['unchecked', 'unchecked', 'unchecked'],
    ],
  ])('%s', async (_, service, expected) => {
    put('pam.d/racoon', service);
    const found = await verdicts(
      { source: 'pam', user: 'bob', password: 'Hello world!' },
      { source: 'pam', user: 'bob', password: 'Hello World!' },
      { source: 'pam', user: 'eve', password: 'Hello world!' },
    );
    const wanted = expected.map((each) =>
      typeof each === 'string' ? expect.objectContaining({ kind: each }) : each,
    );
    expect(found).toEqual(wanted);
  });
});
