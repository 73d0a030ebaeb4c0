// @ts-check
/**
 * What `docs/performance.md` shows of a run of `end-to-end.mjs`, and of one of `ike.mjs`.
 *
 * @module
 */
import { drawChart } from './chart.mjs';
import { MEASURES, shown } from './figures.mjs';
import { BARE, MAIN } from './goals.mjs';
import { figuresTable, goalsTable, table } from './tables.mjs';

/**
 * @typedef {import('./figures.mjs').Figures} Figures
 *
 * @typedef {object} Run
 * @property {{ processor: string, processors: number, kernel: string, node: string, openssl: string, multiBuffer: string | null, load: number }} machine
 * @property {Readonly<Record<string, string>>} versions
 * @property {number} rounds
 * @property {number} seconds
 *
 * @typedef {object} EndToEnd
 * @property {{ whole: Readonly<Record<string, Figures>>, segmented?: Readonly<Record<string, Figures>> }} figures
 * @property {readonly import('./goals.mjs').Judgement[]} goals
 * @property {Readonly<Record<string, string>>} hindrances Clauses, by what they are about.
 *
 * @typedef {Run & EndToEnd} Report
 *
 * @typedef {Readonly<Record<string, number | null>>} IkeFigures By the titles of their columns.
 */

const OURS = 'ipseal, ';
const PROXIES = ['stunnel', 'ssh -L'];
/** @type {readonly { title: string, measure: keyof typeof MEASURES, hint: string }[]} */
const COLUMNS = [
  { title: 'One TCP stream', measure: 'tcp1', hint: 'Gbit/s, more is better' },
  { title: 'UDP, 64 octets', measure: 'udp64', hint: '1,000 packets/s, more is better' },
  { title: 'Processor time', measure: 'daemons', hint: 'seconds a GB, less is better' },
];

/**
 * The chart, an SVG.
 *
 * @param {Report} report
 */
export function performanceChart({ machine, rounds, figures: { whole } }) {
  const names = Object.keys(whole).filter((name) => name !== BARE);
  const groups = [
    { name: 'IPSEAL', rows: names.filter((name) => name.startsWith(OURS)) },
    {
      name: 'OTHER TUNNELS',
      rows: names.filter((name) => !name.startsWith(OURS) && !isProxy(name)),
    },
    { name: 'PROXIES FOR TCP', rows: names.filter(isProxy) },
  ];
  return drawChart({
    title: 'IPsec in user space, beside other VPNs',
    subtitle:
      `Two hosts on one machine, ${machine.processors} x ${machine.processor};` +
      ` medians of ${rounds}. The bare wire: ${shown('tcp1', whole[BARE]?.tcp1)} Gbit/s.` +
      (isBusy(machine) ? ' Other work disturbed it.' : ''),
    columns: COLUMNS.map(({ title, measure, hint }) => ({
      title,
      hint,
      digits: MEASURES[measure].digits,
    })),
    groups: groups
      .filter(({ rows }) => rows.length > 0)
      .map(({ name, rows }) => ({
        name,
        rows: rows.map((row) => chartRow(row, whole[row] ?? {})),
      })),
  });
}

/**
 * The text with all figures, Markdown.
 *
 * @param {Report} report
 */
export function performanceSection({ figures, goals, hindrances, ...run }) {
  const parts = [
    circumstances(run),
    '### A wire that passes super-packets',
    figuresTable(figures.whole),
  ];
  if (figures.segmented !== undefined) {
    parts.push('### A wire that does not', figuresTable(figures.segmented));
  }
  const missing = Object.entries(hindrances).map(([name, clause]) => `${name} ${clause}.`);
  if (missing.length > 0) parts.push(`Not all was measured: ${missing.join(' ')}`);
  parts.push('### Goals', goalsTable(goals));
  return `\n${parts.join('\n\n')}\n`;
}

/**
 * The text with the figures of negotiations, Markdown.
 *
 * @param {Run & { rows: Readonly<Record<string, IkeFigures>> }} report
 */
export function ikeSection({ rows, ...run }) {
  const [first = {}] = Object.values(rows);
  const cells = Object.entries(rows).map(([name, row]) => [
    name,
    ...Object.values(row).map((figure) => (figure === null ? '-' : `${figure}`)),
  ]);
  return `\n${circumstances(run)}\n\n${table(['', ...Object.keys(first)], cells)}\n`;
}

/**
 * What was measured with, and how long.
 *
 * @param {Run} run
 */
function circumstances({ machine, versions, rounds, seconds }) {
  const { processor, processors, kernel, node, openssl, multiBuffer, load } = machine;
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const busy = isBusy(machine)
    ? ` **The machine was not idle: its load was ${load.toFixed(1)} before.**`
    : '';
  return (
    `${processors} x ${processor}, Linux ${kernel}, Node ${node} with OpenSSL ${openssl}` +
    `${multiBuffer === null ? '' : ` and Multi-Buffer Crypto ${multiBuffer}`}.` +
    ` ${peers.join(', ')}. Medians of ${rounds}; ${seconds} seconds each measurement.${busy}`
  );
}

/**
 * Whether half a processor or more did something else: figures are about that, too, then.
 *
 * @param {{ load: number }} machine
 */
function isBusy({ load }) {
  return load > 0.5;
}

/** @param {string} name */
function isProxy(name) {
  return PROXIES.includes(name);
}

/**
 * @param {string} name
 * @param {Figures} figures
 * @returns {import('./chart.mjs').Row}
 */
function chartRow(name, figures) {
  const ours = name.startsWith(OURS);
  return {
    name: ours ? name.slice(OURS.length) : name,
    kind: name === MAIN ? 'main' : ours ? 'ours' : 'others',
    values: COLUMNS.map(({ measure }) => {
      const value = figures[measure];
      if (value !== undefined) return value / MEASURES[measure].scale;
      return isProxy(name) ? 'carries no packets' : '-';
    }),
  };
}
