/**
 * Measures, prints tables, and writes all figures to one file.
 *
 *     node test/bench/run.mjs [--out FILE]
 *
 * Each measurement is a process of its own and a bundle of its own: in vite's module runner, and
 * with several crypto providers in one process, hot paths are slower than they are in `ipseald`.
 * Other work on the machine moves all figures; the ratios within one run are what to trust.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { obstacle } from './obstacle.mjs';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = join(PROJECT, 'node_modules', '.cache', 'ipseal-bench');
/** Past this, a measurement is ended: nobody waits for ever. Two hosts take five minutes. */
const LONGEST_MS = 900_000;

const { values } = parseArgs({ options: { out: { type: 'string' } } });
const out = resolve(values.out ?? join(CACHE, 'results.json'));
mkdirSync(CACHE, { recursive: true });
mkdirSync(dirname(out), { recursive: true });
process.chdir(PROJECT);

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const results = {
  version: 1,
  ipseal: version,
  node: process.version,
  openssl: process.versions.openssl,
  processor: os.cpus()[0]?.model ?? 'unknown',
  processors: os.availableParallelism(),
  loadBefore: os.loadavg()[0],
};
console.log(
  `Node ${results.node}, ${results.processors} x ${results.processor},` +
    ` load ${results.loadBefore.toFixed(2)}`,
);

const crypto = measure(bundle('crypto'));
show('Crypto: nanoseconds a call, of so many octets', withRatio(crypto, 'node:crypto', 'OpenSSL'));

const dataPath = bundle('data-path');
const perProvider = {
  'node:crypto': measure(dataPath, 'node'),
  OpenSSL: measure(dataPath, 'openssl'),
};
for (const [provider, rows] of Object.entries(perProvider)) {
  show(`Data path on ${provider}, one thread, no devices: a packet sealed and opened`, rows);
}

const segments = measure(bundle('segments'));
show('Segments of a large TCP packet, one thread, no devices: nanoseconds each', segments);

const setkey = measure('test/bench/setkey.mjs');
show('The command setkey: whole processes, milliseconds and peak memory', setkey);

const watch = measure('test/bench/watch.mjs');
show('A capture of 1000000 ESP packets read and printed: whole processes', watch);

const watchDecrypted = measure('test/bench/watch-decrypted.mjs');
show('A capture of 1000000 ESP packets deciphered and printed: whole processes', watchDecrypted);

const reason = obstacle();
if (reason !== null) console.log(`\nTwo hosts: skipped, ${reason}`);
else console.log('\nTwo hosts');
const endToEnd = reason ?? measure('test/bench/end-to-end.mjs');

const flood = reason ?? measure('test/bench/flood.mjs');
if (reason === null) show('The same stream while its receiver is flooded with junk', flood);

const threads = reason ?? measure('test/bench/threads.mjs');
if (reason === null)
  show('ipseald with one thread and with several: 16 peers, 1400 octets', threads);

const watchLive = reason ?? measure('test/bench/watch-live.mjs');
if (reason === null) show('The same stream while somebody watches its packets', watchLive);

const ike = reason ?? measure('test/bench/ike.mjs');
if (reason === null) show('IKEv1: main mode and a quick mode with each of many peers', ike);

writeFileSync(
  out,
  `${JSON.stringify({ ...results, crypto, dataPath: perProvider, segments, setkey, watch, watchDecrypted, endToEnd, flood, threads, watchLive }, null, 2)}\n`,
);
console.log(`\nAll figures: ${out}`);

/** Makes one file of `test/bench/NAME.ts`; returns its path. */
function bundle(name) {
  const file = join(CACHE, `${name}.mjs`);
  const words = [
    '--format',
    'esm',
    '--platform',
    'node',
    '--external',
    'koffi',
    '--external',
    'tinybench',
  ];
  const rolldown = join(PROJECT, 'node_modules', '.bin', 'rolldown');
  run(rolldown, [`test/bench/${name}.ts`, ...words, '-o', file], 'ignore');
  return file;
}

/** Runs a measurement to its end; returns its rows. */
function measure(script, ...words) {
  const file = join(CACHE, 'rows.json');
  rmSync(file, { force: true });
  run(process.execPath, [script, file, ...words], 'inherit');
  return JSON.parse(readFileSync(file, 'utf8'));
}

function run(program, words, stdout) {
  const options = { stdio: ['ignore', stdout, 'inherit'], timeout: LONGEST_MS };
  const { status, error } = spawnSync(program, words, options);
  if (status === 0) return;
  console.error(`bench: Cannot run ${program} ${words.join(' ')}: ${error?.message ?? status}`);
  process.exit(1);
}

function withRatio(rows, first, second) {
  return Object.fromEntries(
    Object.entries(rows).map(([name, row]) => [
      name,
      { ...row, ratio: Math.round((row[first] / row[second]) * 10) / 10 },
    ]),
  );
}

function show(title, rows) {
  console.log(`\n${title}`);
  console.table(rows);
}
