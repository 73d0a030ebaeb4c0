/**
 * stunnel, Debian's: a TCP connection carried on in TLS 1.3 with AES-128-GCM, by a key that both
 * ends know. A proxy, not a tunnel: it sees no packets, and each end has a TCP connection of its own.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missing } from '../programs.mjs';

const ENTRANCE = 5300;
const PORT = 5301;

/** The Debian package whose version counts. */
export const PACKAGE = 'stunnel4';

/** Why it cannot run, as a clause; `null` when it can. */
export function obstacle() {
  return missing('stunnel');
}

/** Starts it on both hosts; resolves with where alice enters to come to `port` of bob. */
export async function start({ alice, bob }, folder, port) {
  const secrets = join(folder, 'stunnel.psk');
  writeFileSync(secrets, `bench:${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  await Promise.all([
    startEnd(bob, PORT, [`accept = ${bob.address}:${PORT}`, `connect = 127.0.0.1:${port}`]),
    startEnd(alice, ENTRANCE, [
      'client = yes',
      `accept = 127.0.0.1:${ENTRANCE}`,
      `connect = ${bob.address}:${PORT}`,
    ]),
  ]);
  return { address: '127.0.0.1', port: ENTRANCE };

  async function startEnd(host, listensAt, service) {
    const file = join(folder, `stunnel-${host.name}.conf`);
    const lines = [
      'foreground = quiet',
      'pid =',
      '[bench]',
      ...service,
      'sslVersion = TLSv1.3',
      'ciphersuites = TLS_AES_128_GCM_SHA256',
      `PSKsecrets = ${secrets}`,
      '',
    ];
    writeFileSync(file, lines.join('\n'));
    await host.listens(host.start(['stunnel', file]), listensAt);
  }
}
