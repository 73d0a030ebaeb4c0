/**
 * Measures schemes, one after the other, again and again: what disturbs the machine for a while
 * disturbs each of them.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { medians, shown } from './figures.mjs';
import { Hosts } from './hosts.mjs';
import { measure, PORT } from './measures.mjs';
import { missing } from './programs.mjs';

const LONGEST_CLAUSE = 300;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Measures `schemes`, by name, over each of `wires`, `rounds` times: `whole` is one that passes
 * super-packets, `segmented` one that does not, as most networks; over that, streams alone. Resolves
 * with the medians and with the rounds they are of, by wire and scheme; and with why a scheme could
 * not be measured, by name. Ended by a signal, it leaves nothing behind.
 */
export async function measureRounds(schemes, { wires, rounds, seconds }) {
  const hindrances = {};
  const runnable = {};
  for (const [name, scheme] of Object.entries(schemes)) {
    const reason = scheme.obstacle();
    if (reason === null) runnable[name] = scheme;
    else hinder(name, `skipped, ${reason}`);
  }
  const segmented = wires.includes('segmented') ? missing('ethtool') : null;
  if (segmented !== null) hinder('segmented wire', `skipped, ${segmented}`);
  const usable = wires.filter((wire) => wire !== 'segmented' || segmented === null);
  const samples = Object.fromEntries(usable.map((wire) => [wire, mapValues(runnable, () => [])]));
  for (let round = 1; round <= rounds; round++) {
    for (const wire of usable) {
      for (const [name, scheme] of Object.entries(runnable)) {
        try {
          const figures = await measureOnce(scheme, wire, seconds);
          samples[wire][name].push(figures);
          const rate = shown('tcp1', figures.tcp1);
          console.log(`round ${round} of ${rounds}, ${wire} wire, ${name}: ${rate} Gbit/s`);
        } catch (error) {
          hinder(name, `failed in round ${round}, ${wire} wire: ${brief(error.message)}`);
        }
      }
    }
  }
  const figures = mapValues(samples, (ofWire) => mapValues(measuredOf(ofWire), medians));
  return { figures, samples, hindrances };

  function hinder(name, clause) {
    hindrances[name] = clause;
    console.log(`${name}: ${clause}`);
  }
}

/** One round of one scheme, on hosts of its own. A signal ends it, and then the process. */
async function measureOnce(scheme, wire, seconds) {
  const folder = mkdtempSync(join(tmpdir(), 'ipseal-bench-'));
  const hosts = new Hosts(folder);
  let ending = null;
  const end = (signal) => {
    ending = signal;
    // What waits for its programs fails, then.
    hosts.kill();
  };
  for (const signal of SIGNALS) process.on(signal, end);
  try {
    await hosts.join({ superPackets: wire === 'whole' });
    const to = await scheme.start(hosts, folder, PORT);
    return await measure(hosts, to, { seconds, packets: wire === 'whole' });
  } finally {
    await hosts.end();
    rmSync(folder, { recursive: true, force: true });
    for (const signal of SIGNALS) process.off(signal, end);
    if (ending !== null) process.exit(128 + constants.signals[ending]);
  }
}

/** Those of which a round came to its end. */
function measuredOf(samples) {
  return Object.fromEntries(Object.entries(samples).filter(([, rounds]) => rounds.length > 0));
}

/** What went wrong may be pages of what a program said. */
function brief(text) {
  return text.replaceAll(/\s+/g, ' ').slice(0, LONGEST_CLAUSE);
}

function mapValues(record, map) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
