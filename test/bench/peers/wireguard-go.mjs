/**
 * wireguard-go, Debian's: a tunnel with ChaCha20-Poly1305, in UDP.
 *
 * @module
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missing } from '../programs.mjs';
import { withOwnRun, withRunOf } from './own-run.mjs';

const PORT = '51820';
const DEVICE = 'wg0';
const ENVIRONMENT = { LOG_LEVEL: 'error', WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD: '1' };

/** The Debian package whose version counts. */
export const PACKAGE = 'wireguard-go';

/** Why it cannot run, as a clause; `null` when it can. */
export function obstacle() {
  return missing('wireguard-go', 'wg', 'ip');
}

/** Starts it on both hosts; resolves with bob's address in the tunnel. */
export async function start({ alice, bob }, folder) {
  const [alices, bobs] = await Promise.all([alice, bob].map((host) => startEnd(host, folder)));
  await Promise.all([configure(alices, bobs), configure(bobs, alices)]);
  return { address: bob.inner };
}

async function startEnd(host, folder) {
  const key = await host.run(['wg', 'genkey']);
  const publicKey = await host.run(['wg', 'pubkey'], { input: key });
  const file = join(folder, `${host.name}-wireguard.key`);
  writeFileSync(file, key, { mode: 0o600 });
  const daemon = host.start(withOwnRun(['wireguard-go', '-f', DEVICE]), { env: ENVIRONMENT });
  const socket = `/run/wireguard/${DEVICE}.sock`;
  await daemon.until(() => existsSync(`/proc/${daemon.pid}/root${socket}`), socket);
  return { host, daemon, file, publicKey: publicKey.trim() };
}

async function configure({ host, daemon, file }, { host: other, publicKey }) {
  const ours = ['private-key', file, 'listen-port', PORT];
  const theirs = ['peer', publicKey, 'endpoint', `${other.address}:${PORT}`];
  const inside = ['allowed-ips', `${other.inner}/32`];
  const words = ['wg', 'set', DEVICE, ...ours, ...theirs, ...inside];
  await host.run(withRunOf(daemon.pid, words));
  await host.run(['ip', 'address', 'add', `${host.inner}/24`, 'dev', DEVICE]);
  await host.run(['ip', 'link', 'set', DEVICE, 'up']);
}
