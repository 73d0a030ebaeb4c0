/**
 * What is measured of a scheme that runs: by iperf3 and ping, from alice to bob.
 *
 * @module
 */
import { median } from './figures.mjs';
import { secondsOf, secondsOfMachine } from './processor-time.mjs';

/** Where iperf3 listens on bob. */
export const PORT = 5201;
/** The first of a stream, which do not count: TCP is still finding its pace, and code is warming. */
const SLOW_START_SECONDS = 1;
const PINGS = 200;
const PING_INTERVAL_SECONDS = '0.005';
/** More than a measurement may take beyond its time. */
const PATIENCE_MS = 20_000;

/** TCP, so many streams at once: megabits a second that arrive, and processor time meanwhile. */
export async function tcp(hosts, to, { streams, seconds }) {
  const daemons = hosts.pids;
  const before = { daemons: secondsOf(daemons), machine: secondsOfMachine() };
  const words = ['-P', `${streams}`, '-O', `${SLOW_START_SECONDS}`];
  const { client } = await iperf3(hosts, to, seconds, words);
  // Those that do not count are seconds of work, too.
  const octets = client.intervals.reduce((all, { sum }) => all + sum.bytes, 0);
  return {
    megabits: client.end.sum_received.bits_per_second / 1e6,
    daemons: (secondsOf(daemons) - before.daemons) / (octets / 1e9),
    machine: (secondsOfMachine() - before.machine) / (octets / 1e9),
  };
}

/** UDP, as fast as one sender sends datagrams of so many octets: how many a second arrive. */
export async function udp(hosts, to, { octets, seconds }) {
  const words = ['-u', '-b', '0', '-l', `${octets}`];
  const { server } = await iperf3(hosts, to, seconds, words);
  const { packets, lost_packets: lost, seconds: span } = server.end.sum;
  return (packets - lost) / span;
}

/** The median time, in milliseconds, from an echo request to its reply, with nothing else to do. */
export async function roundTrip({ alice }, { address }) {
  const words = ['-c', `${PINGS}`, '-i', PING_INTERVAL_SECONDS, address];
  const text = await alice.run(['ping', ...words], { longestMs: PATIENCE_MS });
  return median(Array.from(text.matchAll(/ time=([\d.]+) ms/g), ([, time]) => Number(time)));
}

/** One run; resolves with what either end reports of it. */
async function iperf3({ alice, bob }, { address, port = PORT }, seconds, words) {
  const server = bob.start(['iperf3', '-s', '-1', '-J', '-p', `${PORT}`]);
  await bob.listens(server, PORT);
  const to = ['-c', address, '-p', `${port}`, '-t', `${seconds}`];
  const longestMs = (seconds + SLOW_START_SECONDS) * 1000 + PATIENCE_MS;
  const client = JSON.parse(await alice.run(['iperf3', '-J', ...to, ...words], { longestMs }));
  if (client.error !== undefined) throw new Error(`Cannot measure: iperf3: ${client.error}`);
  return { client, server: JSON.parse(await server.output()) };
}
