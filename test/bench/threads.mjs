/**
 * What a host protects and sends with one thread, and with several: datagrams to many peers, under algorithms
 * that take long, so that neither who sends nor the wire is what is measured. The peers are addresses of a host
 * that drops all.
 *
 *     node test/bench/threads.mjs [FILE]
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Hosts } from './hosts.mjs';
import { all } from './processors.mjs';

const ROUNDS = 3;
const SECONDS = 3;
const LEAD_MS = 2000;
const PEERS = Array.from({ length: 16 }, (_, k) => `10.9.0.${101 + k}`);
const PORT = 5201;
const LENGTH = 1400;
/** Datagrams a second to each peer: more than is protected, and not so much that sending takes all the time. */
const RATE = 5_000;
const ALGORITHMS = {
  '3des-cbc, hmac-sha1': (seed) => `-E 3des-cbc ${key(24, seed)} -A hmac-sha1 ${key(20, seed)}`,
  'twofish-cbc, hmac-sha256': (seed) =>
    `-E twofish-cbc ${key(16, seed)} -A hmac-sha256-128 ${key(32, seed)}`,
};
const DATAGRAMS = fileURLToPath(new URL('datagrams.mjs', import.meta.url));

const out = process.argv[2];
/** One, two, four ... as far as there are processors. */
const counts = [1, 2, 4, 8].filter((count) => count <= all().length);
const folder = mkdtempSync(join(os.tmpdir(), 'ipseal-bench-'));
const hosts = new Hosts(folder);
try {
  await hosts.join({ superPackets: true });
  await prepare(hosts.bob);
  const rates = {};
  // All in turn, then all again.
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of Object.keys(ALGORITHMS)) {
      for (const count of counts) {
        rates[name] ??= {};
        rates[name][count] = [...(rates[name][count] ?? []), await measure(name, count)];
      }
    }
  }
  const rows = Object.fromEntries(
    Object.entries(rates).flatMap(([name, byCount]) =>
      counts.map((count) => [
        `${name}, threads: ${count}`,
        {
          'packets/s': Math.round(median(byCount[count])),
          'of one': Math.round((median(byCount[count]) / median(byCount[1])) * 100) / 100,
        },
      ]),
    ),
  );
  if (out === undefined) console.table(rows);
  else writeFileSync(out, JSON.stringify(rows));
} finally {
  await hosts.end();
  rmSync(folder, { recursive: true, force: true });
}

/** Gives the host its addresses, and has it drop what comes to them. */
async function prepare(bob) {
  for (const peer of PEERS) {
    await bob.run(['ip', 'address', 'add', `${peer}/24`, 'dev', 'wire0']);
  }
  const file = join(folder, 'drop.nft');
  const hook = 'type filter hook ingress device "wire0" priority 0';
  writeFileSync(file, `table netdev bench { chain in { ${hook}; ip protocol esp drop; }; }`);
  await bob.run(['nft', '-f', file]);
}

/** Packets a second that arrive, with `count` threads. */
async function measure(name, count) {
  const { alice, bob } = hosts;
  const control = join(folder, 'control.sock');
  const node = process.execPath;
  const options = ['--control', control, '--threads', `${count}`];
  const daemon = alice.start([node, 'bin/ipseald', ...options]);
  await daemon.until(() => daemon.stdout.includes('listening'), 'ipseald listen');
  const file = join(folder, 'alice.conf');
  writeFileSync(file, PEERS.map((peer, k) => statements(alice.address, peer, name, k)).join(''));
  const load = ['--backend', 'userspace', '--control', control, '-f', file];
  await alice.run([node, 'bin/setkey', ...load]);
  const seconds = SECONDS + LEAD_MS / 1000 + 1;
  const rest = [PORT, seconds, LENGTH, RATE].map(String);
  const senders = PEERS.map((peer) => alice.start([node, DATAGRAMS, 'send', peer, ...rest]));
  await pause(LEAD_MS);
  const before = received(bob);
  const began = performance.now();
  await pause(SECONDS * 1000);
  const packets = received(bob) - before;
  const elapsed = (performance.now() - began) / 1000;
  for (const sender of senders) await sender.end();
  await daemon.end();
  await alice.run([node, 'bin/ipseald', '--release']);
  return packets / elapsed;
}

/** Packets that came to the host by its wire. */
function received(host) {
  const text = host.namespace.within(() => readFileSync('/proc/thread-self/net/dev', 'latin1'));
  const [, , packets] = /wire0:\s*(\d+)\s+(\d+)/.exec(text);
  return Number(packets);
}

function statements(local, peer, name, k) {
  return (
    `add ${local} ${peer} esp ${0x1000 + k} ${ALGORITHMS[name](k + 1)};\n` +
    `spdadd ${local} ${peer} udp -P out ipsec esp/transport//require;\n`
  );
}

function key(octets, seed) {
  const all = Array.from({ length: octets }, (_, k) => (seed * 29 + k * 7 + 1) & 0xff);
  return `0x${Buffer.from(all).toString('hex')}`;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
