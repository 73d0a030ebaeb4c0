/**
 * The process that looks at passwords: it stays root when the daemon is nobody any more, PAM's modules may
 * do in it what they like, and while they take their time nobody waits but who logs in.
 *
 * Logins come in by standard input, one after the other; verdicts go out by a descriptor that no module
 * prints to, a line of JSON each, with the number of the login. It ends when its input does.
 *
 * @module
 */
import { writeSync } from 'node:fs';
import { Malformed } from '../../octets/malformed.ts';
import { now } from '../clock.ts';
import { groupsOf } from './accounts.ts';
import { loadCrypt } from './crypt.ts';
import { type LoginFrame, LoginFrames, parseLoginFrame } from './login-frame.ts';
import { loadPam } from './pam.ts';
import { checkSystemPassword, readAccountFiles } from './system-passwords.ts';
import { type PasswordVerdict, VERDICT_FD, type VerdictLine } from './verdict.ts';

const MS_PER_DAY = 86_400_000;

function verdictOn({ source, login }: LoginFrame): PasswordVerdict {
  try {
    if (source === 'pam') {
      const pam = loadPam();
      if (pam === null) return unchecked('there is no libpam.so.0 on this host');
      const verdict = pam(login);
      if (verdict.kind !== 'accepted') return verdict;
      return { kind: 'accepted', groups: groupsOf(readAccountFiles(), login.user) };
    }
    const crypt = loadCrypt();
    if (crypt === null) return unchecked('there is no libcrypt.so.1 on this host');
    return checkSystemPassword(login, readAccountFiles(), Math.floor(now() / MS_PER_DAY), crypt);
  } catch (error) {
    return unchecked(error instanceof Error ? error.message : String(error));
  }
}

function unchecked(why: string): PasswordVerdict {
  return { kind: 'unchecked', why };
}

const frames = new LoginFrames((body) => {
  const frame = parseLoginFrame(body);
  if (frame instanceof Malformed) throw new Error(`Bug: ${frame}`);
  const line: VerdictLine = { number: frame.number, verdict: verdictOn(frame) };
  writeSync(VERDICT_FD, `${JSON.stringify(line)}\n`);
});

// What a terminal sends to all of the daemon is the daemon's to obey.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.stdin.on('data', (octets: Buffer) => frames.add(octets));
