/**
 * A TCP stream between two hosts in network namespaces, by iperf3: bare, and under the real
 * `ipseald` on both, as it is built in `dist/`; and under wireguard-go where it is installed.
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
import { startWireguardGo, wireguardGoObstacle } from './wireguard-go.mjs';

const ALICE = '10.9.0.1';
const BOB = '10.9.0.2';
const DEVICE = 'wire0';
const SECONDS = 4;
/** The first of which does not count: TCP is still finding its pace. */
const SLOW_START_SECONDS = 1;
const ROUNDS = 2;
const CBC = (seed) => `-E aes-cbc ${key(16, seed)} -A hmac-sha256-128 ${key(32, seed)}`;
/** The last four octets of the key are the salt (RFC 4106 §8.1). */
const GCM = (seed) => `-E aes-gcm-16 ${key(20, seed)}`;
const GAZETTE = ['examples/gazette/alice.setkey.conf', 'examples/gazette/bob.setkey.conf'];

const out = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), 'ipseal-bench-'));
const NO_FILE = join(folder, 'none.conf');
const PEER = 'wireguard-go';
const children = new Set();
let files = 0;
const alice = new Host('alice', ALICE, folder);
const bob = new Host('bob', BOB, folder);
try {
  writeFileSync(NO_FILE, 'flush; spdflush;\n');
  alice.namespace.within(() => {
    const route = new NetlinkSocket(NETLINK.ROUTE);
    route.request(newVethPair(DEVICE, DEVICE, bob.namespace.fd), 'make a wire');
    route.close();
  });
  bob.plug(DEVICE, 24);
  alice.plug(DEVICE, 24);
  await Promise.all([alice.startDaemon(), bob.startDaemon()]);
  const schemes = {
    'bare veth': [NO_FILE, NO_FILE],
    'ipseal, AH hmac-sha1 + ESP aes-cbc (gazette)': GAZETTE,
    'ipseal, ESP aes-cbc, hmac-sha256': espFiles({ algorithms: CBC }),
    'ipseal, ESP aes-gcm-16': espFiles({ algorithms: GCM }),
    'ipseal, ESP aes-gcm-16 in UDP, tunnel': espFiles({ algorithms: GCM, udp: true, tunnel: true }),
  };
  /** @type {Record<string, number[]>} */
  const figures = {};
  // All in turn, then all again: what disturbs the machine for a while disturbs each of them.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, [alices, bobs]] of Object.entries(schemes)) {
      await load(alice, alices);
      await load(bob, bobs);
      figures[name] = [...(figures[name] ?? []), await stream(BOB)];
    }
    await load(alice, NO_FILE);
    await load(bob, NO_FILE);
    const obstacle = wireguardGoObstacle();
    if (obstacle === null) figures[PEER] = [...(figures[PEER] ?? []), await wireguardGo()];
    else console.log(`${PEER}: skipped, ${obstacle}`);
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

/** Megabits a second under wireguard-go, with no policies of ours. */
async function wireguardGo() {
  const hosts = [
    { namespace: alice.namespace, address: ALICE, inner: '10.10.0.1' },
    { namespace: bob.namespace, address: BOB, inner: '10.10.0.2' },
  ];
  const stop = await startWireguardGo(hosts, folder);
  try {
    return await stream(hosts[1].inner);
  } finally {
    stop();
  }
}

/** Megabits a second that arrive at `address`, which is bob's. */
async function stream(address) {
  const server = start(bob, ['-s', '-1']);
  await server.listening;
  const client = start(alice, [
    '-c',
    address,
    '-t',
    `${SECONDS}`,
    '-O',
    `${SLOW_START_SECONDS}`,
    '-J',
  ]);
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

/** Files for ESP alone; `algorithms` gives an SA its keys, the same every time. */
function espFiles({ algorithms, udp = false, tunnel = false }) {
  const mode = tunnel ? 'tunnel' : 'transport';
  const sa = (from, to, spi) => {
    const ends = udp ? `${from}[4500] ${to}[4500] esp-udp` : `${from} ${to} esp`;
    return `add ${ends} ${spi} -m ${mode} -r 1024 ${algorithms(spi)};`;
  };
  const policy = (from, to, direction) => {
    const ends = tunnel ? `${from}-${to}` : '';
    return `spdadd ${from} ${to} any -P ${direction} ipsec esp/${mode}/${ends}/require;`;
  };
  const sas = [sa(ALICE, BOB, 513), sa(BOB, ALICE, 769)];
  return [
    [ALICE, BOB],
    [BOB, ALICE],
  ].map(([local, remote]) => {
    const file = join(folder, `${++files}.conf`);
    const policies = [policy(local, remote, 'out'), policy(remote, local, 'in')];
    const outside = udp ? [past(local, remote, 'out'), past(remote, local, 'in')] : [];
    writeFileSync(file, ['flush; spdflush;', ...outside, ...sas, ...policies, ''].join('\n'));
    return file;
  });
}

/** The datagrams that carry ESP are between the two hosts themselves, and are not to be protected again. */
function past(from, to, direction) {
  return `spdadd ${from}[4500] ${to}[4500] udp -P ${direction} prio 1 none;`;
}

function key(octets, seed) {
  return `0x${Buffer.alloc(octets, seed).toString('hex')}`;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
