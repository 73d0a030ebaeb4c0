/**
 * What two hosts get through to each other: under nothing, under ipseal, and under what else people
 * use for it. Prints tables, and writes all figures to a file.
 *
 *     node test/bench/end-to-end.mjs [OPTIONS] [FILE]
 *
 * Everything runs on this one machine: sender, receiver and daemons share its processors. Other work
 * on it moves all figures; the ratios within one run are what to trust.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { writeInto } from './document.mjs';
import { judge } from './goals.mjs';
import { machine, versions } from './machine.mjs';
import { obstacle } from './obstacle.mjs';
import { performanceChart, performanceSection } from './performance.mjs';
import { SCHEMES } from './schemes.mjs';
import { figuresTable, goalsTable } from './tables.mjs';

const USAGE = `usage: node test/bench/end-to-end.mjs [OPTIONS] [FILE]

  FILE            where to write all figures, as JSON
  --rounds N      how often everything is measured, in turn (default: 2)
  --seconds N     how long each of its measurements takes (default: 2)
  --only TEXT     only what has TEXT in its name; may be given again
  --wire WIRE     whole: passes super-packets (default); segmented: does not; both
  --docs          rewrite the figures and the chart of docs/performance.md, with both wires
`;
const CHART = 'docs/performance.svg';

process.exitCode = await main();

async function main() {
  const options = readOptions();
  if (typeof options === 'string') {
    process.stderr.write(`end-to-end: ${options}\n${USAGE}`);
    return 2;
  }
  process.chdir(new URL('../..', import.meta.url).pathname);
  const reason = obstacle();
  if (reason !== null) {
    console.log(`Two hosts: skipped, ${reason}`);
    return 0;
  }
  // What it imports needs a machine that can.
  const { measureRounds } = await import('./rounds.mjs');
  const { rounds, seconds, schemes, wires, docs, file } = options;
  const about = { machine: machine(), versions: versions(schemes), rounds, seconds };
  const { figures, samples, hindrances } = await measureRounds(schemes, options);
  const goals = judge(figures.whole ?? {});
  const report = { ...about, figures, goals, hindrances, samples };
  for (const wire of wires.filter((wire) => figures[wire] !== undefined)) {
    console.log(
      `\nTwo hosts, ${wire} wire, medians of ${rounds}\n\n${figuresTable(figures[wire])}`,
    );
  }
  const judged = goals.filter(({ met }) => met !== null);
  if (judged.length > 0) console.log(`\n${goalsTable(judged)}`);
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  if (docs) {
    const page = writeInto('figures', performanceSection(report));
    writeFileSync(CHART, performanceChart(report));
    console.log(`\nWritten: ${page}, ${CHART}`);
  }
  return 0;
}

/** What the command line asks for, or what is wrong with it. */
function readOptions() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: '2' },
        seconds: { type: 'string', default: '2' },
        only: { type: 'string', multiple: true, default: [''] },
        wire: { type: 'string' },
        docs: { type: 'boolean', default: false },
      },
    });
    const { only, docs, wire = docs ? 'both' : 'whole' } = values;
    const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
    if (positionals.length > 1) return `there is one FILE, not "${positionals[1]}", too`;
    for (const number of [rounds, seconds]) {
      if (!Number.isInteger(number) || number < 1)
        return '--rounds and --seconds are counts from 1';
    }
    if (docs && (wire !== 'both' || only.join() !== '')) return '--docs are about everything';
    if (!['whole', 'segmented', 'both'].includes(wire)) return `"${wire}" is not a wire`;
    const wires = wire === 'both' ? ['whole', 'segmented'] : [wire];
    const schemes = Object.fromEntries(
      Object.entries(SCHEMES).filter(([name]) => only.some((text) => name.includes(text))),
    );
    const names = Object.keys(SCHEMES).join('", "');
    if (Object.keys(schemes).length === 0) return `nothing has "${only}" in its name: "${names}"`;
    return { rounds, seconds, wires, docs, schemes, file: positionals[0] };
  } catch (error) {
    return error.message;
  }
}
