/**
 * How many threads carry packets.
 *
 * @module
 */
import os from 'node:os';

/** More than these have not much left to share. */
export const MOST_THREADS = 16;

/**
 * One for every two processors: as much again as a worker does with a packet, the kernel and the host's programs do.
 */
export function usualThreads(): number {
  return Math.max(1, Math.min(MOST_THREADS, Math.floor(os.availableParallelism() / 2)));
}
