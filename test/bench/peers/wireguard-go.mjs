/**
 * wireguard-go, Debian's: a tunnel with ChaCha20-Poly1305, in UDP.
 *
 * Its devices have names of their own, as the sockets that `wg` finds them by are shared by all
 * network namespaces.
 *
 * @module
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missing } from '../programs.mjs';

const PORT = '51820';
const ENVIRONMENT = { LOG_LEVEL: 'error', WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD: '1' };

/** Why it cannot run, as a clause; `null` when it can. */
export function obstacle() {
  return missing('wireguard-go', 'wg', 'ip');
}

/** Starts it on both hosts; resolves with bob's address in the tunnel. */
export async function start({ alice, bob }, folder) {
  const ends = await Promise.all([alice, bob].map((host) => startDevice(host, folder)));
  const [alices, bobs] = ends;
  await Promise.all([configure(alices, bobs), configure(bobs, alices)]);
  return { address: bob.inner };
}

async function startDevice(host, folder) {
  const device = `wg${process.pid}${host.name}`.slice(0, 15);
  const key = await host.run(['wg', 'genkey']);
  const publicKey = await host.run(['wg', 'pubkey'], { input: key });
  const file = join(folder, `${device}.key`);
  writeFileSync(file, key, { mode: 0o600 });
  const socket = `/var/run/wireguard/${device}.sock`;
  const daemon = host.start(['wireguard-go', '-f', device], { env: ENVIRONMENT });
  await daemon.until(() => existsSync(socket), socket);
  return { host, device, file, publicKey: publicKey.trim() };
}

async function configure({ host, device, file }, { host: other, publicKey }) {
  const ours = ['private-key', file, 'listen-port', PORT];
  const theirs = ['peer', publicKey, 'endpoint', `${other.address}:${PORT}`];
  const inside = ['allowed-ips', `${other.inner}/32`];
  await host.run(['wg', 'set', device, ...ours, ...theirs, ...inside]);
  await host.run(['ip', 'address', 'add', `${host.inner}/24`, 'dev', device]);
  await host.run(['ip', 'link', 'set', device, 'up']);
}
