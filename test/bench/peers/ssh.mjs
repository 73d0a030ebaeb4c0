/**
 * `ssh -L` to an sshd of its own, Debian's OpenSSH, aes128-gcm: a TCP connection carried on in
 * another. A proxy, not a tunnel: it sees no packets, and each end has a TCP connection of its own.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { missing } from '../programs.mjs';
import { withOwnRun } from './own-run.mjs';

const ENTRANCE = 5400;
const PORT = 5422;
/** It must be named by its path. */
const SSHD = '/usr/sbin/sshd';

/** The Debian package whose version counts. */
export const PACKAGE = 'openssh-server';

/** Why it cannot run, as a clause; `null` when it can. */
export function obstacle() {
  return missing('sshd', 'ssh', 'ssh-keygen');
}

/** Starts both; resolves with where alice enters to come to `port` of bob. */
export async function start({ alice, bob }, folder, port) {
  const [hostKey, userKey] = await Promise.all(
    ['host', 'user'].map((name) => generate(alice, join(folder, `ssh-${name}`))),
  );
  const knownHosts = join(folder, 'ssh-known-hosts');
  writeFileSync(knownHosts, `[${bob.address}]:${PORT} ${readFileSync(`${hostKey}.pub`)}`);
  const server = [
    `HostKey ${hostKey}`,
    `ListenAddress ${bob.address}:${PORT}`,
    'AuthenticationMethods publickey',
    `AuthorizedKeysFile ${userKey}.pub`,
    'PermitRootLogin yes',
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
  ];
  const daemon = bob.start(withOwnRun([SSHD, '-D', '-e', ...options('-f', server)]));
  await bob.listens(daemon, PORT);
  const client = [
    `IdentityFile ${userKey}`,
    'IdentitiesOnly yes',
    `UserKnownHostsFile ${knownHosts}`,
    'Ciphers aes128-gcm@openssh.com',
    'BatchMode yes',
    'ExitOnForwardFailure yes',
  ];
  const forward = ['-N', '-L', `127.0.0.1:${ENTRANCE}:127.0.0.1:${port}`, '-p', `${PORT}`];
  const to = `${userInfo().username}@${bob.address}`;
  await alice.listens(alice.start(['ssh', ...options('-F', client), ...forward, to]), ENTRANCE);
  return { address: '127.0.0.1', port: ENTRANCE };
}

async function generate(host, file) {
  await host.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', file]);
  return file;
}

/** Has no file count, but these lines. */
function options(file, lines) {
  return [file, '/dev/null', ...lines.flatMap((line) => ['-o', line])];
}
