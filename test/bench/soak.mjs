/**
 * Whether memory stays flat: two hosts under the load of iperf3 for some minutes, the memory of both
 * daemons looked at every ten seconds. Ends with status 1 when either grew in the second half.
 *
 *     node test/bench/soak.mjs [--minutes N] [--threads N]
 *
 * The streams go both ways at once, and SAs are replaced every other time that memory is looked at, as
 * keys are in real life. The heap is what is in use, garbage included: it goes up and down, so the
 * trend of the second half counts and not any two samples.
 *
 * @module
 */

import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DEVICE, Pair, pairObstacle, says } from './pair.mjs';

const SAMPLE_SECONDS = 10;
/** Octets a minute by which the trend of the second half may rise: an octet a packet would be more. */
const MOST_GROWTH = 2 << 20;
const MIB = 1 << 20;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, threads: { type: 'string' } },
});
const minutes = Number(values.minutes);
const obstacle = pairObstacle();
if (obstacle !== null || !(minutes > 0)) {
  console.error(`soak: Cannot soak: ${obstacle ?? '--minutes is no number above 0'}`);
  process.exit(1);
}

const pair = new Pair();
const samples = [];
let carried = 0;
try {
  await pair.start(values.threads === undefined ? [] : ['--threads', values.threads]);
  await pair.protect();
  const streams = [
    await startStream(pair.bob, pair.alice),
    await startStream(pair.alice, pair.bob),
  ];
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  for (let next = SAMPLE_SECONDS; next < minutes * 60; next += SAMPLE_SECONDS) {
    await pause(Math.max(0, (next - seconds()) * 1000));
    const sample = { seconds: Math.round(seconds()) };
    for (const [name, host] of Object.entries({ alice: pair.alice, bob: pair.bob })) {
      const daemon = pair.daemons.get(host);
      if (!daemon.runs) throw new Error(`Cannot go on: ${name}'s ipseald ended`);
      sample[`${name} RSS`] = daemon.resident();
      sample[`${name} heap`] = await daemon.heap();
    }
    if (!streams.every(({ exitCode }) => exitCode === null))
      throw new Error('Cannot go on: iperf3 ended');
    samples.push(sample);
    console.log(line(sample));
    if (samples.length % 2 === 0) await pair.protect();
  }
  carried = octetsCarried();
} finally {
  await pair.end();
}

const half = samples.slice(Math.floor(samples.length / 2));
const trends = Object.keys(samples[0] ?? {})
  .filter((name) => name !== 'seconds')
  .map((name) => [name, trend(half.map((sample) => [sample.seconds / 60, sample[name]]))]);
console.log(`\n${Math.round(carried / 1e9)} GB were carried; in the second half, a minute:`);
for (const [name, growth] of trends) console.log(`  ${name}: ${inMib(growth)} MiB`);
const grown = trends.filter(([, growth]) => growth > MOST_GROWTH);
if (grown.length > 0) {
  console.error(
    `soak: Memory grows by more than ${inMib(MOST_GROWTH)} MiB a minute: ${grown[0][0]}`,
  );
  process.exitCode = 1;
}

/** Starts iperf3 from one host to the other, until it is killed. */
async function startStream(from, to) {
  const server = pair.spawn(to, 'iperf3', ['--forceflush', '-s', '-1']);
  await says(server.child, 'listening');
  return pair.spawn(from, 'iperf3', ['-c', to.address, '-t', '0']).child;
}

/** Octets that passed alice's end of the wire, both ways. */
function octetsCarried() {
  const text = pair.alice.namespace.within(() => readFileSync('/proc/thread-self/net/dev', 'utf8'));
  const columns = new RegExp(`^ *${DEVICE}:(.*)$`, 'm').exec(text)?.[1]?.trim().split(/ +/);
  return Number(columns?.[0]) + Number(columns?.[8]);
}

/** By how much the second number rises with the first: the slope of the straight line that fits best. */
function trend(points) {
  const mean = (place) => points.reduce((sum, point) => sum + point[place], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const above = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  const below = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return below === 0 ? 0 : above / below;
}

function line(sample) {
  const words = Object.entries(sample).map(([name, value]) =>
    name === 'seconds' ? `${`${value}`.padStart(5)} s` : `${name} ${inMib(value).padStart(6)} MiB`,
  );
  return words.join('  ');
}

function inMib(octets) {
  return (octets / MIB).toFixed(2);
}
