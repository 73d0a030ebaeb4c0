// @ts-check
/**
 * What is measured of a scheme, by name, and what becomes of repeated measurements.
 *
 * @module
 */

/**
 * What one round measured of one scheme, or the medians of all rounds. What does not apply is absent:
 * a proxy carries no packets, a bare wire has no daemons.
 *
 * @typedef {Partial<Record<keyof typeof MEASURES, number | undefined>>} Figures
 */

/** A measure as people read it: a figure in its own unit divided by `scale` is one in `unit`. */
export const MEASURES = /** @type {const} */ ({
  tcp1: { title: 'TCP, 1 stream', unit: 'Gbit/s', scale: 1e9, digits: 2 },
  tcp4: { title: 'TCP, 4 streams', unit: 'Gbit/s', scale: 1e9, digits: 2 },
  udp64: { title: 'UDP, 64 octets', unit: '1,000/s', scale: 1e3, digits: 0 },
  udp1400: { title: 'UDP, 1,400 octets', unit: '1,000/s', scale: 1e3, digits: 0 },
  roundTrip: { title: 'round trip', unit: 'ms', scale: 1, digits: 3 },
  daemons: { title: 'CPU, daemons', unit: 's/GB', scale: 1, digits: 2 },
  machine: { title: 'CPU, machine', unit: 's/GB', scale: 1, digits: 2 },
});

/** @type {readonly (keyof typeof MEASURES)[]} */
export const MEASURE_NAMES = /** @type {any} */ (Object.keys(MEASURES));

/**
 * The middle of some numbers, at least one; the mean of both when there are two in the middle.
 *
 * @param {readonly number[]} values
 */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const high = sorted[sorted.length >> 1];
  const low = sorted[(sorted.length - 1) >> 1];
  if (high === undefined || low === undefined) throw new TypeError('Bug: the median of nothing');
  return (low + high) / 2;
}

/**
 * The median of each measure over all rounds that have it.
 *
 * @param {readonly Figures[]} rounds
 * @returns {Figures}
 */
export function medians(rounds) {
  /** @type {Figures} */
  const result = {};
  for (const name of MEASURE_NAMES) {
    const values = rounds.flatMap(({ [name]: value }) => (value === undefined ? [] : [value]));
    if (values.length > 0) result[name] = median(values);
  }
  return result;
}

/**
 * `value` of a measure in the unit of its title, `-` when there is none.
 *
 * @param {keyof typeof MEASURES} name
 * @param {number | undefined} value
 */
export function shown(name, value) {
  const { scale, digits } = MEASURES[name];
  return value === undefined ? '-' : (value / scale).toFixed(digits);
}
