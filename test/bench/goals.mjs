// @ts-check
/**
 * What ipseal is to reach beside its peers.
 *
 * @module
 */
import { MEASURES } from './figures.mjs';

/** @typedef {import('./figures.mjs').Figures} Figures */

/** The schemes that goals are about; the first is the one that all peers are compared with. */
export const MAIN = 'ipseal, UDP tunnel, aes-gcm-16';
export const RAW_TRANSPORT = 'ipseal, raw transport, aes-gcm-16';
export const BARE = 'bare wire';
export const WIREGUARD_GO = 'wireguard-go';

/** @type {readonly { of: string, to: string, measure: keyof typeof MEASURES, atLeast: number }[]} */
const RATIOS = [
  { of: MAIN, to: 'OpenVPN', measure: 'tcp1', atLeast: 5 },
  { of: MAIN, to: 'kernel-libipsec', measure: 'tcp1', atLeast: 9 },
  { of: MAIN, to: WIREGUARD_GO, measure: 'tcp1', atLeast: 8 },
  { of: MAIN, to: 'stunnel', measure: 'tcp1', atLeast: 1 },
  { of: MAIN, to: 'ssh -L', measure: 'tcp1', atLeast: 1 },
  { of: RAW_TRANSPORT, to: WIREGUARD_GO, measure: 'tcp1', atLeast: 3 },
  { of: MAIN, to: WIREGUARD_GO, measure: 'udp64', atLeast: 3 },
  { of: MAIN, to: WIREGUARD_GO, measure: 'udp1400', atLeast: 3 },
];

/**
 * A goal beside what was measured; `met` is `null` when something it needs was not measured.
 *
 * @typedef {{ goal: string, measured: string, met: boolean | null }} Judgement
 */

/**
 * Every goal beside the figures of all schemes, by name.
 *
 * @param {Readonly<Record<string, Figures>>} figures
 * @returns {Judgement[]}
 */
export function judge(figures) {
  const ratios = RATIOS.map(({ of, to, measure, atLeast }) => {
    const goal = `${MEASURES[measure].title}: ${of}, at least ${atLeast} times ${to}`;
    const ratio = quotient(figures[of]?.[measure], figures[to]?.[measure]);
    if (ratio === null) return unknown(goal);
    return { goal, measured: `${ratio.toFixed(2)} times`, met: ratio >= atLeast };
  });
  return [...ratios, judgeRoundTrip(figures)];
}

/**
 * `a / b`; `null` when there is either not.
 *
 * @param {number | undefined} a
 * @param {number | undefined} b
 */
export function quotient(a, b) {
  return a === undefined || b === undefined ? null : a / b;
}

/** @param {Readonly<Record<string, Figures>>} figures */
function judgeRoundTrip(figures) {
  const goal = `round trip: ${MAIN}, adds no more than ${WIREGUARD_GO}`;
  const [bare, ours, theirs] = [BARE, MAIN, WIREGUARD_GO].map((name) => figures[name]?.roundTrip);
  if (bare === undefined || ours === undefined || theirs === undefined) return unknown(goal);
  const measured = `${(ours - bare).toFixed(3)} ms, ${(theirs - bare).toFixed(3)} ms`;
  return { goal, measured, met: ours <= theirs };
}

/** @param {string} goal */
function unknown(goal) {
  return { goal, measured: '-', met: null };
}
