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
