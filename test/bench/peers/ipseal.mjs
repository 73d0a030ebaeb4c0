/**
 * ipseal, as it is built in `dist/`: an `ipseald` on each host, and SAs and policies by `setkey`.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const UDP_PORT = 4500;
const READY = 'listening';

/** What `-E` and `-A` say; `seed` makes the keys, the same every time. */
export const ALGORITHMS = {
  /** The last four octets of the key are the salt (RFC 4106 §8.1). */
  'aes-gcm-16': (seed) => `-E aes-gcm-16 ${key(20, seed)}`,
  /** Likewise (RFC 7634 §2). */
  'chacha20-poly1305': (seed) => `-E chacha20-poly1305 ${key(36, seed)}`,
  'aes-cbc, hmac-sha256': (seed) =>
    `-E aes-cbc ${key(16, seed)} -A hmac-sha256-128 ${key(32, seed)}`,
};

/** AH around ESP, by the files of the how-to. */
export const gazette = scheme((host) => `examples/gazette/${host.name}.setkey.conf`);

/** ESP alone, with one of the {@link ALGORITHMS}, in transport mode unless `tunnel`. */
export function esp({ algorithms, udp = false, tunnel = false }) {
  return scheme((host, other, folder) => {
    const file = join(folder, `${host.name}.setkey.conf`);
    writeFileSync(file, espFile(host.address, other.address, { algorithms, udp, tunnel }));
    return file;
  });
}

function scheme(fileOf) {
  return {
    /** Nothing hinders it: what it needs is built. */
    obstacle: () => null,
    /** Starts it on both hosts; resolves with bob's address, which is protected then. */
    start: async ({ alice, bob }, folder) => {
      await Promise.all([
        startEnd(alice, fileOf(alice, bob, folder), folder),
        startEnd(bob, fileOf(bob, alice, folder), folder),
      ]);
      return { address: bob.address };
    },
  };
}

async function startEnd(host, file, folder) {
  const control = join(folder, host.name, 'control.sock');
  const node = process.execPath;
  const daemon = host.start([node, 'bin/ipseald', '--control', control]);
  await daemon.until(() => daemon.stdout.includes(READY), 'ipseald listen');
  const words = ['--backend', 'userspace', '--control', control, '-f', file];
  await host.run([node, 'bin/setkey', ...words]);
}

/** The file of host `local`. */
function espFile(local, remote, { algorithms, udp, tunnel }) {
  const mode = tunnel ? 'tunnel' : 'transport';
  const sa = (from, to) => {
    const spi = from < to ? 513 : 769;
    const ends = udp ? `${from}[${UDP_PORT}] ${to}[${UDP_PORT}] esp-udp` : `${from} ${to} esp`;
    return `add ${ends} ${spi} -m ${mode} -r 1024 ${ALGORITHMS[algorithms](spi)};`;
  };
  const policies = (from, to, direction) => {
    const ends = tunnel ? `${from}-${to}` : '';
    const protect = `spdadd ${from} ${to} any -P ${direction} ipsec esp/${mode}/${ends}/require;`;
    return udp ? [outside(from, to, direction), protect] : [protect];
  };
  return [
    'flush; spdflush;',
    sa(local, remote),
    sa(remote, local),
    ...policies(local, remote, 'out'),
    ...policies(remote, local, 'in'),
    '',
  ].join('\n');
}

/** The datagrams that carry ESP are between the hosts themselves, and not to be protected again. */
function outside(from, to, direction) {
  const ends = `${from}[${UDP_PORT}] ${to}[${UDP_PORT}]`;
  return `spdadd ${ends} udp -P ${direction} prio 1 none;`;
}

function key(octets, seed) {
  return `0x${Buffer.alloc(octets, seed).toString('hex')}`;
}
