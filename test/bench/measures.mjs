/**
 * Measures a scheme that runs, from alice to bob.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { median } from './figures.mjs';
import { secondsOf, secondsOfMachine } from './processor-time.mjs';

/** Where bob listens. */
export const PORT = 5201;
/** The first of a stream, which do not count: TCP is still finding its pace, and code is warming. */
const SLOW_START_SECONDS = 3;
const DATAGRAMS = fileURLToPath(new URL('datagrams.mjs', import.meta.url));
const IP_AND_UDP_HEADERS_LENGTH = 28;
const PINGS = { count: 200, intervalSeconds: 0.005 };
/** What goes the way of single packets first, and does not count: code is warming here, too. */
const FIRST_PINGS = { count: 1000, intervalSeconds: 0.002 };
/** What a measurement may take beyond its time. */
const PATIENCE_MS = 20_000;

/**
 * All that can be measured: streams, `seconds` each, and datagrams and round trips if `packets` are
 * wanted and the scheme carries any. `to` is what its `start` resolved with.
 */
export async function measure(hosts, to, { seconds, packets }) {
  // With processors for both, it is measured, too, whom the kernel puts beside whom.
  await hosts.share({ apart: true });
  const one = await tcp(hosts, to, { streams: 1, seconds });
  const four = await tcp(hosts, to, { streams: 4, seconds });
  const streams = { tcp1: one.rate, tcp4: four.rate, daemons: one.daemons, machine: one.machine };
  if (!packets || to.port !== undefined) return streams;
  const trip = await roundTrip(hosts, to);
  // Who sends as fast as one can takes from its own daemon whatever both have.
  await hosts.share({ apart: false });
  return {
    ...streams,
    udp64: await udp(hosts, to, { length: 64, seconds }),
    udp1400: await udp(hosts, to, { length: 1400, seconds }),
    roundTrip: trip,
  };
}

/**
 * TCP, so many streams at once: bits a second that arrive, and seconds of processor time a gigabyte,
 * of what ran on the hosts before, if anything did, and of the whole machine.
 */
async function tcp(hosts, to, { streams, seconds }) {
  const daemons = hosts.pids;
  const before = { daemons: secondsOf(daemons), machine: secondsOfMachine() };
  const words = ['-P', `${streams}`, '-O', `${SLOW_START_SECONDS}`];
  const { intervals, end } = await iperf3(hosts, to, seconds, words);
  // Seconds that do not count for the rate are work, too.
  const gigabytes = intervals.reduce((octets, { sum }) => octets + sum.bytes, 0) / 1e9;
  return {
    rate: end.sum_received.bits_per_second,
    daemons: daemons.length === 0 ? undefined : (secondsOf(daemons) - before.daemons) / gigabytes,
    machine: (secondsOfMachine() - before.machine) / gigabytes,
  };
}

/** One run of iperf3; resolves with what its client reports. */
async function iperf3({ alice, bob }, { address, port = PORT }, seconds, words) {
  const server = bob.start(['iperf3', '-s', '-1', '-p', `${PORT}`]);
  await bob.listens(server, PORT);
  const to = ['-c', address, '-p', `${port}`, '-t', `${seconds}`];
  const longestMs = (seconds + SLOW_START_SECONDS) * 1000 + PATIENCE_MS;
  const report = JSON.parse(await alice.run(['iperf3', '-J', ...to, ...words], { longestMs }));
  if (report.error !== undefined) throw new Error(`Cannot measure: iperf3: ${report.error}`);
  await server.output();
  return report;
}

/**
 * UDP, as fast as one sender sends IP packets of `length` octets: how many a second arrive. None is
 * too long for any tunnel, for two fragments would count as one.
 */
async function udp({ alice, bob }, { address }, { length, seconds }) {
  const words = (role) => [process.execPath, DATAGRAMS, role, address, `${PORT}`];
  const receiver = bob.start([...words('receive'), `${seconds}`]);
  await receiver.until(() => receiver.stdout.includes('ready'), 'a receiver get ready');
  // Until the receiver has enough, that is.
  const longest = `${seconds + PATIENCE_MS / 1000}`;
  const sender = alice.start([...words('send'), longest, `${length - IP_AND_UDP_HEADERS_LENGTH}`]);
  const text = await receiver.output(seconds * 1000 + PATIENCE_MS);
  await sender.end();
  return Number(text.split('\n')[1]);
}

/** The median time, in milliseconds, from an echo request to its reply, with nothing else to do. */
async function roundTrip({ alice }, { address }) {
  const ping = ({ count, intervalSeconds }) =>
    alice.run(['ping', '-c', `${count}`, '-i', `${intervalSeconds}`, address], {
      longestMs: count * intervalSeconds * 1000 + PATIENCE_MS,
    });
  await ping(FIRST_PINGS);
  const text = await ping(PINGS);
  return median(Array.from(text.matchAll(/ time=([\d.]+) ms/g), ([, time]) => Number(time)));
}
