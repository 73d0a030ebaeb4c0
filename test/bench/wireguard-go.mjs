/**
 * wireguard-go, Debian's, as a peer to measure beside: a tunnel between two hosts.
 *
 * Its devices have names of their own, as the sockets that `wg` finds them by are shared by all
 * network namespaces.
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PORT = '51820';
const START_MS = 5000;

/** Why it cannot be measured, as a clause; `null` when it can. */
export function wireguardGoObstacle() {
  for (const program of ['wireguard-go', 'wg', 'ip']) {
    if (spawnSync(program, ['--version']).error !== undefined) return `there is no ${program}`;
  }
  return null;
}

/**
 * Starts it on two hosts, each `{ namespace, address, inner }`; resolves with what ends it. The keys
 * are written to `folder`.
 */
export async function startWireguardGo(hosts, folder) {
  const ends = hosts.map((host, place) => ({
    ...host,
    device: `wgbench${process.pid}-${place}`.slice(-15),
    key: run(host, 'wg', ['genkey']),
  }));
  const children = ends.map((end) =>
    end.namespace.within(() =>
      spawn('wireguard-go', ['-f', end.device], { stdio: 'ignore', env: QUIET }),
    ),
  );
  try {
    await Promise.all(ends.map(({ device }) => appears(`/var/run/wireguard/${device}.sock`)));
    for (const [place, end] of ends.entries()) configure(end, ends[1 - place], folder);
  } catch (error) {
    stop(children);
    throw error;
  }
  return () => stop(children);
}

const QUIET = {
  ...process.env,
  LOG_LEVEL: 'silent',
  WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD: '1',
};

function configure(end, other, folder) {
  const { device, key, inner } = end;
  const file = join(folder, `${device}.key`);
  writeFileSync(file, key, { mode: 0o600 });
  const peer = run(end, 'wg', ['pubkey'], other.key);
  const words = ['set', device, 'private-key', file, 'listen-port', PORT, 'peer', peer];
  words.push('allowed-ips', `${other.inner}/32`, 'endpoint', `${other.address}:${PORT}`);
  run(end, 'wg', words);
  run(end, 'ip', ['address', 'add', `${inner}/24`, 'dev', device]);
  run(end, 'ip', ['link', 'set', device, 'up']);
}

function run({ namespace }, program, words, input) {
  const { status, stdout, stderr } = namespace.within(() =>
    spawnSync(program, words, { input, encoding: 'utf8' }),
  );
  if (status !== 0) throw new Error(`Cannot run ${program} ${words.join(' ')}: ${stderr}`);
  return stdout.trim();
}

async function appears(path) {
  const end = Date.now() + START_MS;
  while (!existsSync(path)) {
    if (Date.now() > end) throw new Error(`Cannot start wireguard-go: there is no ${path}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Its devices go with the processes. */
function stop(children) {
  for (const child of children) child.kill('SIGTERM');
}
