/**
 * The steps of a commit in batches, each of which is sent to the kernel at once.
 *
 * The kernel carries out the requests of a batch in their order, and goes on after one that it
 * refused: the steps behind that are taken without it, until all are taken back. A batch is
 * therefore a row of steps that are safe with any of them left out:
 *
 *     opens, opens, ...  then  closes, closes, ...        a step that removes SAs comes first
 *
 * Why that is safe. In the order of the plan nothing passes that may not, at any moment. Leave out
 * some of the opening steps: the others let no more pass than all of them do. Leave out some of the
 * closing ones: those that are taken still let nothing pass that was stopped when they began, which
 * was when the opening ones were done. What must not be is that a step opens although one before it
 * failed to close: a policy that lets packets pass, and none of those that were to come before it.
 * Taking back, last first, leads through the same moments.
 *
 * @module
 */
import type { Step } from './step.ts';

/** So many steps at most are taken in vain after one that the kernel refused. */
const MOST_STEPS = 256;

/** `steps`, in their order, in batches that may be sent at once. */
export function* batchesOf(steps: readonly Step[]): Generator<readonly Step[]> {
  let batch: Step[] = [];
  for (const step of steps) {
    if (!mayJoin(batch, step)) {
      yield batch;
      batch = [];
    }
    batch.push(step);
  }
  if (batch.length > 0) yield batch;
}

function mayJoin(batch: readonly Step[], { effect }: Step): boolean {
  const last = batch.at(-1);
  if (last === undefined) return true;
  if (batch.length >= MOST_STEPS) return false;
  return effect === 'closes' || (effect === 'opens' && last.effect === 'opens');
}
