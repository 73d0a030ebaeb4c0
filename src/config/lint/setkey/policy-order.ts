/**
 * The order in which policies are asked.
 *
 * @module
 */
import type { PlacedPolicy } from './loaded-setkey.ts';

/** `entries`, of one direction, by priority; those of one priority stay in their order. */
export function inOrder(entries: Iterable<PlacedPolicy>): readonly PlacedPolicy[] {
  return [...entries].sort((a, b) => a.policy.priority - b.policy.priority);
}
