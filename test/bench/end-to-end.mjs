/**
 * A TCP stream between two hosts in network namespaces, by iperf3: bare, and under the real
 * `ipseald` on both, as it is built in `dist/`.
 *
 *     alice  wire0 10.9.0.1 ──── veth ──── wire0 10.9.0.2  bob
 *
 *     node test/bench/end-to-end.mjs FILE
 *
 * Everything runs on this one machine: sender, receiver and both daemons share its processors.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Host } from '../../dist/apps/ipseal/demo/host.js';
import { NETLINK, NetlinkSocket } from '../../dist/io/netlink-socket.js';
import { newVethPair } from '../../dist/netlink/link.js';

const ALICE = '10.9.0.1';
const BOB = '10.9.0.2';
const DEVICE = 'wire0';
const SECONDS = 4;
/** The first of which does not count: TCP is still finding its pace. */
const SLOW_START_SECONDS = 1;
const ROUNDS = 2;
const GAZETTE = ['examples/gazette/alice.setkey.conf', 'examples/gazette/bob.setkey.conf'];

const out = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), 'ipseal-bench-'));
const children = new Set();
const alice = new Host('alice', ALICE, folder);
const bob = new Host('bob', BOB, folder);
try {
  alice.namespace.within(() => {
    const route = new NetlinkSocket(NETLINK.ROUTE);
    route.request(newVethPair(DEVICE, DEVICE, bob.namespace.fd), 'make a wire');
    route.close();
  });
  bob.plug(DEVICE, 24);
  alice.plug(DEVICE, 24);
  await Promise.all([alice.startDaemon(), bob.startDaemon()]);
  const schemes = {
    'bare veth': noFiles(),
    'ipseal, AH hmac-sha1 + ESP aes-cbc (gazette)': GAZETTE,
    'ipseal, ESP aes-cbc, hmac-sha256': espFiles(),
  };
  /** @type {Record<string, number[]>} */
  const figures = {};
  // All in turn, then all again: what disturbs the machine for a while disturbs each of them.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, [alices, bobs]] of Object.entries(schemes)) {
      await load(alice, alices);
      await load(bob, bobs);
      figures[name] = [...(figures[name] ?? []), await stream()];
    }
  }
  const bare = mean(figures['bare veth']);
  const rows = Object.fromEntries(
    Object.entries(figures).map(([name, values]) => [
      name,
      {
        'Mbit/s': Math.round(mean(values)),
        'of bare': Math.round((mean(values) / bare) * 10_000) / 10_000,
      },
    ]),
  );
  if (out === undefined) console.table(rows);
  else writeFileSync(out, JSON.stringify(rows));
} finally {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all([alice.end(), bob.end()]);
  rmSync(folder, { recursive: true, force: true });
}

/** Megabits a second that arrive. */
async function stream() {
  const server = start(bob, ['-s', '-1']);
  await server.listening;
  const client = start(alice, ['-c', BOB, '-t', `${SECONDS}`, '-O', `${SLOW_START_SECONDS}`, '-J']);
  const text = await client.ended;
  await server.ended;
  const { end, error } = JSON.parse(text);
  if (error !== undefined) throw new Error(`Cannot measure: iperf3: ${error}`);
  return end.sum_received.bits_per_second / 1e6;
}

/** Starts iperf3 on a host; its server says when it listens. */
function start(host, words) {
  const child = host.namespace.within(() => spawn('iperf3', ['--forceflush', ...words]));
  children.add(child);
  let text = '';
  const listening = new Promise((resolve) => {
    child.stdout.on('data', (octets) => {
      text += octets;
      if (text.includes('listening')) resolve();
    });
  });
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => {
      children.delete(child);
      resolve(text);
    });
  });
  return { listening, ended };
}

async function load(host, file) {
  const words = ['--backend', 'userspace', '--control', host.control, '-f', file];
  const { status, stderr } = await host.run('setkey', words);
  if (status !== 0) throw new Error(`Cannot load ${file}: ${stderr}`);
}

function noFiles() {
  const file = join(folder, 'none.conf');
  writeFileSync(file, 'flush; spdflush;\n');
  return [file, file];
}

/** Files for ESP alone, with keys that are the same every time. */
function espFiles() {
  const key = (octets, seed) => `0x${Buffer.alloc(octets, seed).toString('hex')}`;
  const sa = (from, to, spi) =>
    `add ${from} ${to} esp ${spi} -r 64 -E aes-cbc ${key(16, spi)}` +
    ` -A hmac-sha256-128 ${key(32, spi)};`;
  const sas = [sa(ALICE, BOB, 513), sa(BOB, ALICE, 769)];
  const policies = (local, remote) => [
    `spdadd ${local} ${remote} any -P out ipsec esp/transport//require;`,
    `spdadd ${remote} ${local} any -P in ipsec esp/transport//require;`,
  ];
  return [
    [ALICE, BOB],
    [BOB, ALICE],
  ].map(([local, remote], place) => {
    const file = join(folder, `esp-${place}.conf`);
    const lines = ['flush; spdflush;', ...sas, ...policies(local, remote), ''];
    writeFileSync(file, lines.join('\n'));
    return file;
  });
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
