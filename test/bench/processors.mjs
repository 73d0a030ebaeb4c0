/**
 * Which processors there are for the hosts of a measurement.
 *
 * @module
 */
import { readFileSync } from 'node:fs';

/** Of this process, as `/proc/PID/status` tells it (proc(5)). */
const ALLOWED = /^Cpus_allowed_list:\s*(\S+)$/m;

/** The numbers of those that this process may use. */
export function all() {
  const [, list] = ALLOWED.exec(readFileSync('/proc/self/status', 'latin1'));
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, k) => first + k);
  });
}

/** Two halves of them; where there is one, both have it. */
export function halves() {
  const numbers = all();
  const half = Math.floor(numbers.length / 2);
  return half === 0 ? [numbers, numbers] : [numbers.slice(0, half), numbers.slice(half)];
}
