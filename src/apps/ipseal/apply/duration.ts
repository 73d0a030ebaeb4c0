/**
 * Durations as people write them.
 *
 * @module
 */
import { UsageError } from '../../getopt.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600 };
const [LEAST_SECONDS, MOST_SECONDS] = [1, 86_400];

/** `60s`, `5m`, `1h` or seconds, as milliseconds. Throws `UsageError` for any other. */
export function durationMs(text: string): number {
  const [, number, unit] = /^(\d{1,5})([smh]?)$/.exec(text) ?? [];
  const seconds = Number(number) * (UNITS[unit ?? ''] ?? Number.NaN);
  if (seconds >= LEAST_SECONDS && seconds <= MOST_SECONDS) return seconds * 1000;
  throw new UsageError(`a time is such as 60s, 5m or 1h, from a second to a day, not "${text}"`);
}

/** `60 seconds`, `5 minutes`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds >= 120 && seconds % 60 === 0) return `${seconds / 60} minutes`;
  return seconds === 1 ? '1 second' : `${seconds} seconds`;
}
