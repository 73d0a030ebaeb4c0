/**
 * The changes that make one state of the SAD and the SPD of another, and touch nothing that is the
 * same in both: its sequence numbers, replay window, age and usage go on.
 *
 * An SA of which anything differs is deleted and added anew. Among policies of one priority the oldest
 * is asked first, so where two may be about the same packet their order is a part of the state: one
 * that would stand before another that it has to follow is put behind it, by an update.
 *
 * Between SAs that serve the same template the newest is used. Their order is left as it is: an SA
 * that was added again would count from the beginning, and its packets be replays to the peer.
 *
 * @module
 */
import type { Change } from './change.ts';
import { type Contents, policyKey, saKey } from './contents.ts';
import type { Policy } from './policy.ts';
import type { SaParameters } from './sa-parameters.ts';
import { samePolicy, sameSa } from './sameness.ts';
import { selectorsOverlap } from './selector-overlap.ts';

/**
 * Changes that make `wanted` of `present`, to be committed together. Those that add hold the very SAs
 * and policies of `wanted`, so that a refusal can be told of what asked for it.
 */
export function reconcile(present: Contents, wanted: Contents): Change[] {
  return [...reconcileSas(present.sas, wanted.sas), ...reconcilePolicies(present, wanted)];
}

function* reconcileSas(
  present: Contents['sas'],
  wanted: Contents['sas'],
): Generator<Change, void, undefined> {
  const missing = new Map(wanted.map((sa) => [saKey(sa), sa]));
  const gone: SaParameters[] = [];
  for (const sa of present) {
    const key = saKey(sa);
    const next = missing.get(key);
    if (next === undefined) gone.push(sa);
    else if (sameSa(sa, next)) missing.delete(key);
    else yield { kind: 'delete-sa', id: sa };
  }
  for (const sa of missing.values()) yield { kind: 'add-sa', sa };
  // Last, so that there is an SA at every moment where one takes over from another.
  for (const sa of gone) yield { kind: 'delete-sa', id: sa };
}

function* reconcilePolicies(
  present: Contents,
  wanted: Contents,
): Generator<Change, void, undefined> {
  const wantedKeys = new Set(wanted.policies.map(policyKey));
  const places = new Map<string, Place>();
  for (const [place, policy] of present.policies.entries()) {
    const key = policyKey(policy);
    if (wantedKeys.has(key)) places.set(key, { policy, place });
    else yield { kind: 'delete-policy', policy };
  }
  const queues = new Map<string, Queue>();
  for (const policy of wanted.policies) {
    const found = places.get(policyKey(policy));
    const name = `${policy.direction} ${policy.priority}`;
    const queue = queues.get(name) ?? new Queue();
    queues.set(name, queue);
    if (found !== undefined && samePolicy(found.policy, policy) && queue.keeps(found)) continue;
    queue.moved.push(policy);
    yield { kind: found === undefined ? 'add-policy' : 'update-policy', policy };
  }
}

/** A policy, and how many were there before it. */
interface Place {
  readonly policy: Policy;
  readonly place: number;
}

/**
 * The wanted policies of one direction and priority so far: those that stay where they are, then those
 * that come behind them.
 */
class Queue {
  readonly moved: Policy[] = [];
  readonly #kept: Place[] = [];
  #last = -1;

  /** Keeps `found` in its place, if what has to come before it does. */
  keeps(found: Place): boolean {
    if (this.moved.length > MOST_COMPARED || this.moved.some((one) => overlap(one, found.policy))) {
      return false;
    }
    if (found.place < this.#last && !this.#staysBehind(found)) return false;
    this.#kept.push(found);
    this.#last = Math.max(this.#last, found.place);
    return true;
  }

  #staysBehind({ policy, place }: Place): boolean {
    const before = this.#kept.filter((kept) => kept.place > place);
    return before.length <= MOST_COMPARED && !before.some((kept) => overlap(kept.policy, policy));
  }
}

/**
 * Policies that one is compared with before it is moved without a look, which is never wrong: it costs
 * the time of its last use, as against some milliseconds for each of a long file.
 */
const MOST_COMPARED = 1000;

function overlap(a: Policy, b: Policy): boolean {
  return selectorsOverlap(a.selector, b.selector);
}
