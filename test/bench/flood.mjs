/**
 * What is left of a protected TCP stream while the host that receives it is flooded with junk, sort by
 * sort, by iperf3. Sender, receiver, the one who floods and both daemons share this machine's processors.
 *
 *     node test/bench/flood.mjs FILE
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ALICE, BOB, DEVICE, Pair, SPI, says } from './pair.mjs';

const SECONDS = 3;
const ROUNDS = 2;
const FLOOD = fileURLToPath(new URL('../support/flood.py', import.meta.url));
/** Debian's own: another Python may come first on the PATH. */
const PYTHON = '/usr/bin/python3';
const QUIET = 'no junk';
const UDP_JUNK = ['unknown SPI in UDP', 'IKE', 'keepalive'];
/** By what the stream goes over, sorts of junk, by the names that the script gives them. */
const JUNK = {
  ESP: {
    [QUIET]: [],
    'ESP of its SA': ['known SPI'],
    'ESP of no SA': ['unknown SPI'],
    'fragments without end': ['fragment'],
  },
  'ESP in UDP': {
    [QUIET]: [],
    'ESP in UDP of its SA': ['known SPI in UDP'],
    'IKE, keepalives, ESP of no SA': UDP_JUNK,
    'all of these': ['known SPI in UDP', 'unknown SPI', 'fragment', ...UDP_JUNK],
  },
};

const out = process.argv[2];
const pair = new Pair();
try {
  await pair.start();
  const mac = hardwareAddress();
  /** @type {Record<string, { rate: number, junk: number }[]>} */
  const figures = {};
  // All in turn, then all again: what disturbs the machine for a while disturbs each of them.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [carrier, sorts] of Object.entries(JUNK)) {
      await pair.protect(carrier !== 'ESP');
      for (const [sort, kinds] of Object.entries(sorts)) {
        const name = nameOf(carrier, sort);
        figures[name] = [...(figures[name] ?? []), await measure(mac, kinds)];
      }
    }
  }
  if (!pair.daemons.get(pair.alice).runs) throw new Error('Cannot measure: ipseald ended');
  const rows = Object.fromEntries(
    Object.entries(JUNK).flatMap(([carrier, sorts]) => {
      const quiet = mean(figures[nameOf(carrier, QUIET)].map((each) => each.rate));
      return Object.keys(sorts).map((sort) => {
        const name = nameOf(carrier, sort);
        const rate = mean(figures[name].map((each) => each.rate));
        const junk = mean(figures[name].map((each) => each.junk));
        const share = Math.round((rate / quiet) * 100) / 100;
        return [
          name,
          { 'junk/s': Math.round(junk), 'Mbit/s': Math.round(rate), 'of quiet': share },
        ];
      });
    }),
  );
  if (out === undefined) console.table(rows);
  else writeFileSync(out, JSON.stringify(rows));
} finally {
  await pair.end();
}

/** Megabits a second that arrive, and junk packets a second sent meanwhile. */
async function measure(mac, kinds) {
  const flooding = kinds.length === 0 ? null : await flood(mac, kinds);
  const began = process.hrtime.bigint();
  const rate = await pair.stream(SECONDS);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const junk = flooding === null ? 0 : (await stop(flooding)) / seconds;
  return { rate, junk };
}

async function flood(mac, kinds) {
  const names = { spi: SPI.fromBob, spiInUdp: SPI.fromBob };
  const work = { device: DEVICE, mac, source: BOB, destination: ALICE, kinds, ...names };
  const words = ['-u', FLOOD, JSON.stringify(work)];
  const flooding = pair.spawn(pair.bob, PYTHON, words);
  await says(flooding.child, 'flooding');
  return flooding;
}

/** Ends it; returns how many packets it sent. */
async function stop({ child, ended }) {
  child.kill('SIGTERM');
  return Number(/sent (\d+)/.exec(await ended)?.[1]);
}

/** Alice's, as her own kernel prints it. */
function hardwareAddress() {
  const { stdout } = pair.alice.namespace.within(() =>
    spawnSync('ip', ['-o', 'link', 'show', 'dev', DEVICE], { encoding: 'utf8' }),
  );
  const mac = /link\/ether (\S+)/.exec(stdout)?.[1];
  if (mac === undefined) throw new Error(`Cannot read the address of ${DEVICE}: ${stdout}`);
  return mac;
}

function nameOf(carrier, sort) {
  return `${carrier}: ${sort}`;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
