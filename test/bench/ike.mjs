/**
 * What a responder of IKEv1 gets done on one processor, and how much memory a peer takes: main mode with
 * a pre-shared key, then one quick mode, with peers that each have an address of their own.
 *
 *     node test/bench/ike.mjs [OPTIONS] [FILE]
 *
 * The peers run on one processor, the responder on another. When the peers are what is slower, or
 * others work on the machine too, it is the responder's processor time that tells: what it takes for one
 * negotiation, and so how many it would get done in a second that it has for itself.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeInto } from './document.mjs';
import { median } from './figures.mjs';
import { Hosts } from './hosts.mjs';
import { pinned, RESPONDERS } from './ike/responders.mjs';
import { GROUPS, PEERS } from './ike/settings.mjs';
import { machine, versions } from './machine.mjs';
import { ikeSection } from './performance.mjs';
import { secondsOf } from './processor-time.mjs';

const USAGE = `usage: node test/bench/ike.mjs [OPTIONS] [FILE]

  FILE         where to write the figures, as JSON, in place of the terminal
  --rounds N   how often everything is measured, in turn (default: 2)
  --seconds N  how long each measurement takes (default: 5)
  --docs       rewrite the figures of IKE in docs/performance.md, too
`;
const LOAD = fileURLToPath(new URL('ike/load.mjs', import.meta.url));
/** These come first: the responder warms up, and its memory is that of so many peers. */
const PEERS_OF_MEMORY = 1000;
const MOST_PEERS = 50_000;
const LONGEST_MS = 60_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const [LOAD_CORE, RESPONDER_CORE] = [0, Math.min(1, availableParallelism() - 1)];

process.exitCode = await main();

async function main() {
  const options = readOptions();
  if (typeof options === 'string') {
    process.stderr.write(`ike: ${options}\n${USAGE}`);
    return 2;
  }
  const { rounds, seconds, docs, file } = options;
  const about = { machine: machine(), versions: versions(RESPONDERS), rounds, seconds };
  const samples = {};
  for (let round = 0; round < rounds; round++) {
    for (const [group, title] of Object.entries(GROUPS)) {
      for (const [name, responder] of Object.entries(RESPONDERS)) {
        const reason = responder.obstacle();
        if (reason !== null) {
          if (round === 0) console.log(`IKE, ${title}, ${name}: skipped, ${reason}`);
          continue;
        }
        const key = `${title}, ${name}`;
        samples[key] = [...(samples[key] ?? []), await measure(responder, group, seconds)];
      }
    }
  }
  const rows = Object.fromEntries(
    Object.entries(samples).map(([name, several]) => [name, rowOf(several)]),
  );
  if (file === undefined) console.table(rows);
  else writeFileSync(file, JSON.stringify(rows));
  if (docs) console.log(`Written: ${writeInto('ike', ikeSection({ ...about, rows }))}`);
  return 0;
}

/** What the command line asks for, or what is wrong with it. */
function readOptions() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: '2' },
        seconds: { type: 'string', default: '5' },
        docs: { type: 'boolean', default: false },
      },
    });
    const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
    if (positionals.length > 1) return `there is one FILE, not "${positionals[1]}", too`;
    for (const number of [rounds, seconds]) {
      if (!Number.isInteger(number) || number < 1)
        return '--rounds and --seconds are counts from 1';
    }
    return { rounds, seconds, docs: values.docs, file: positionals[0] };
  } catch (error) {
    return error.message;
  }
}

/** One round of one responder, on hosts of its own; a signal ends it, and then the process. */
async function measure(responder, group, seconds) {
  const folder = mkdtempSync(join(tmpdir(), 'ipseal-bench-'));
  const hosts = new Hosts(folder);
  let signalled = false;
  const end = () => {
    signalled = true;
    hosts.kill();
  };
  for (const signal of SIGNALS) process.on(signal, end);
  try {
    await hosts.join({ superPackets: true });
    await route(hosts);
    const daemon = await responder.start(hosts, folder, group, RESPONDER_CORE);
    const before = await memoryOf(responder, daemon);
    const warm = await load(hosts, group, 0, PEERS_OF_MEMORY, LONGEST_MS / 2000);
    const after = await memoryOf(responder, daemon);
    const processor = secondsOf([daemon.pid]);
    const timed = await load(hosts, group, PEERS_OF_MEMORY, MOST_PEERS, seconds);
    return {
      rate: timed.established / timed.seconds,
      processor: (secondsOf([daemon.pid]) - processor) / timed.established,
      peers: timed.processorSeconds / timed.begun,
      failed: failed(warm) + failed(timed),
      rss: (after.rss - before.rss) / warm.established,
      heap: after.heap === null ? null : (after.heap - before.heap) / warm.established,
    };
  } finally {
    await hosts.end();
    rmSync(folder, { recursive: true, force: true });
    for (const signal of SIGNALS) process.off(signal, end);
    if (signalled) process.exit(1);
  }
}

/** Alice has all addresses of the peers, without naming one. */
async function route({ alice, bob }) {
  await alice.run(['ip', 'route', 'add', 'local', PEERS, 'dev', 'lo']);
  await bob.run(['ip', 'route', 'add', PEERS, 'via', alice.address]);
}

async function load({ alice, bob }, group, ...numbers) {
  const words = [process.execPath, LOAD, bob.address, group, ...numbers.map(String)];
  const text = await alice.run([...pinned(LOAD_CORE), ...words], { longestMs: LONGEST_MS });
  const report = JSON.parse(text);
  if (failed(report) > 0) console.error('ike: Failed:', report.failures);
  if (report.established === 0) throw new Error('Cannot measure: no negotiation came to its end');
  return report;
}

function failed({ begun, established }) {
  return begun - established;
}

/** Octets; the heap of those that have one that we can ask about. */
async function memoryOf(responder, daemon) {
  const heap = await responder.heap(daemon);
  const status = readFileSync(`/proc/${daemon.pid}/status`, 'latin1');
  return { heap, rss: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024 };
}

function rowOf(rounds) {
  const middle = (name) => median(rounds.map((round) => round[name]));
  const [rate, processor, peers] = ['rate', 'processor', 'peers'].map(middle);
  return {
    '/s, as loaded': Math.round(rate),
    'ms of CPU each': Math.round(processor * 1e5) / 100,
    '/s of one core': Math.round(1 / processor),
    'ms of CPU each, peers': Math.round(peers * 1e5) / 100,
    'KiB a peer, resident': Math.round(middle('rss') / 102.4) / 10,
    'KiB a peer, heap': rounds[0].heap === null ? null : Math.round(middle('heap') / 102.4) / 10,
    failed: rounds.reduce((sum, round) => sum + round.failed, 0),
  };
}
