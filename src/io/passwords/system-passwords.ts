/**
 * Passwords of the host's own users, by /etc/shadow.
 *
 * @module
 */
import { timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type AccountFiles, accountOf, anyHash } from './accounts.ts';
import type { Crypt } from './crypt.ts';
import type { Login, PasswordVerdict } from './verdict.ts';

/**
 * Whether the password is that of the user, and he may come in. A hash is computed in any case, so that
 * it takes no less time to turn away who is not there.
 */
export function checkSystemPassword(
  { user, password }: Login,
  files: AccountFiles,
  today: number,
  crypt: Crypt,
): PasswordVerdict {
  const account = accountOf(files, user, today);
  const setting = account?.hash ?? anyHash(files) ?? SOME_SETTING;
  const hash = crypt(password, setting);
  if (account === null) return rejected('there is no such user');
  if (account.hash === null) return rejected(account.fault ?? 'he has no password');
  if (hash === null) return rejected('libcrypt cannot hash the password as his was hashed');
  // A zero is the end for C, and would make a longer password as good as a shorter one.
  if (password.includes(0) || !same(hash, account.hash)) return rejected('the password is wrong');
  if (account.fault !== null) return rejected(account.fault);
  return { kind: 'accepted', groups: account.groups };
}

/** The files of the host. Throws when one cannot be read. */
export function readAccountFiles(): AccountFiles {
  const [passwd = '', shadow = '', group = ''] = ['passwd', 'shadow', 'group'].map((name) =>
    readFileSync(`/etc/${name}`, 'utf8'),
  );
  return { passwd, shadow, group };
}

function same(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function rejected(why: string): PasswordVerdict {
  return { kind: 'rejected', why };
}

/** SHA-512, which any libcrypt has. */
const SOME_SETTING = '$6$nobodyhasthis$';
