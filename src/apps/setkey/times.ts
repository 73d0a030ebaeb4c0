/**
 * Times as `setkey` prints them: what the C library's `ctime` says, without the day of the week.
 *
 * @module
 */
import type { Instant } from '../../ipsec/backend.ts';

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `Nov 21 16:14:23 2026` in local time; as many blanks for a time that never was. */
export function formatTime(instant: Instant | null): string {
  if (instant === null) return ' '.repeat(20);
  const time = new Date(instant);
  const month = MONTHS[time.getMonth()] ?? '';
  const day = `${time.getDate()}`.padStart(2);
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => `${part}`.padStart(2, '0'))
    .join(':');
  return `${month} ${day} ${clock} ${time.getFullYear()}`;
}

/** Whole seconds from `from` to `to`. */
export function secondsBetween(from: Instant, to: Instant): number {
  return Math.max(0, Math.floor((to - from) / 1000));
}
