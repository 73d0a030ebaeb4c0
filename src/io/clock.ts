/**
 * The operator's clock.
 *
 * @module
 */
import type { Instant } from '../ipsec/backend.ts';

/** Milliseconds since the epoch. */
export function now(): Instant {
  return Date.now();
}

/** Microseconds of CLOCK_MONOTONIC, which nobody sets. */
export function monotonicMicroseconds(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
