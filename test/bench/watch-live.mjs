/**
 * What becomes of packets on a wire that the data plane fills as fast as it can, before somebody who
 * watches: how many there are, and how many the ring has no room for. iperf3's stream, both daemons and
 * who watches share this machine's processors; so the stream is measured, too.
 *
 *     node test/bench/watch-live.mjs FILE
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DEVICE, Pair } from './pair.mjs';
import { missing } from './programs.mjs';

const SECONDS = 5;
const ROUNDS = 3;
const NOBODY = 'nobody watches';
const IPSEAL = fileURLToPath(new URL('../../bin/ipseal', import.meta.url));

const out = process.argv[2];
const pair = new Pair();
const knowing = ['userspace', '--control', pair.alice.control];
const ours = (...words) => [process.execPath, IPSEAL, 'watch', '-n', '-i', DEVICE, ...words];
const theirs = (...words) => ['tcpdump', '-n', '-i', DEVICE, ...words];
const watchers = {
  [NOBODY]: null,
  'ipseal watch -w': ours('-w', '/dev/null'),
  'ipseal watch': ours(),
  'ipseal watch --sad': ours('--sad', ...knowing),
  'ipseal watch --sad --policy --leaks': ours(
    '--sad',
    ...knowing,
    '--policy',
    ...knowing,
    '--leaks',
  ),
  ...(missing('tcpdump') === null && {
    'tcpdump -w': theirs('-w', '/dev/null'),
    tcpdump: theirs(),
  }),
};
try {
  await pair.start();
  await pair.protect();
  const figures = Object.fromEntries(Object.keys(watchers).map((name) => [name, []]));
  // In turns: what disturbs the machine for a while disturbs all.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, argv] of Object.entries(watchers)) figures[name].push(await measure(argv));
  }
  const rows = Object.fromEntries(
    Object.entries(figures).map(([name, rounds]) => {
      const of = (key) => median(rounds.map((figure) => figure[key]));
      const rate = Math.round(of('rate'));
      if (watchers[name] === null) return [name, { 'Mbit/s': rate }];
      const shares = rounds.map(({ packets, dropped }) => (dropped / packets) * 100);
      return [
        name,
        {
          'Mbit/s': rate,
          packets: of('packets'),
          dropped: of('dropped'),
          'dropped, %': Math.round(median(shares) * 10) / 10,
        },
      ];
    }),
  );
  if (out === undefined) console.table(rows);
  else writeFileSync(out, JSON.stringify(rows));
} finally {
  await pair.end();
}

/** Megabits a second of a stream that `argv` watches; what its kernel counted meanwhile. */
async function measure(argv) {
  const watching = argv && (await watch(argv));
  const rate = await pair.stream(SECONDS);
  return { rate, ...(watching && (await watching.stop())) };
}

/** Starts to watch; resolves when that has begun. */
async function watch([program, ...words]) {
  const child = pair.alice.namespace.within(() =>
    spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] }),
  );
  let said = '';
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => reject(new Error(`Cannot watch: ${said}`)));
    child.stderr.on('data', (octets) => {
      said += octets;
      if (said.includes('listening on')) resolve();
    });
  });
  const counted = (what) => Number(new RegExp(`^(\\d+) packets? ${what}`, 'm').exec(said)?.[1]);
  return {
    stop: async () => {
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGINT');
      await closed;
      const figure = {
        packets: counted('received by filter'),
        dropped: counted('dropped by kernel'),
      };
      if (Number.isNaN(figure.packets + figure.dropped)) throw new Error(`Cannot tell: ${said}`);
      return figure;
    },
  };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
