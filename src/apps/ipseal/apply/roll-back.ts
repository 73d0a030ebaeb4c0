/**
 * Taking back a change that awaits confirmation.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises';
import { now } from '../../../io/clock.ts';
import { type ProcessId, processOf } from '../../../io/identity.ts';
import type { Backend } from '../../../ipsec/backend.ts';
import type { Contents } from '../../../ipsec/contents.ts';
import { reconcile } from '../../../ipsec/reconcile.ts';
import { resuming } from '../../../ipsec/resumption.ts';
import { changesBack } from '../../../ipsec/way-back.ts';
import { commitDifference, presentOf } from '../../configuration/commit-difference.ts';
import type { Ended, Pending } from './documents.ts';
import type { Memory } from './memory.ts';

/** How long an `ipseald` that has just started may take to load files of its own. */
const SETTLING_MS = 3000;
const POLL_MS = 100;

/**
 * Puts back what was there before `pending`, and forgets it. To be called while no other command is at
 * work. Throws when that cannot be: then all is as it was, and `pending` still awaits confirmation.
 */
export async function rollBack(
  memory: Memory,
  pending: Pending,
  backend: Backend,
  why: string,
): Promise<void> {
  const isNew = memory.origin.instance !== pending.instance;
  const { all } = pending;
  const begins = isNew && all !== null && (await staysEmpty(backend));
  const plan = (present: Contents) => ({
    changes: resuming(
      begins ? reconcile(present, all) : changesBack(present, pending),
      pending.progress,
    ),
  });
  await commitDifference(backend, plan, async ({ changes }) => {
    // To a daemon also without changes, for it puts its guard in the place of one that was left.
    if (changes.length > 0 || memory.kind === 'userspace') await backend.commit(changes);
  });
  memory.owned = pending.owned;
  end(memory, pending, 'rolled-back', why);
}

/** Forgets `pending`, and the keys in it. */
export function end(memory: Memory, pending: Pending, how: Ended['how'], why: string): void {
  const { files, appliedAt } = pending;
  memory.ended = { ...memory.origin, files, appliedAt, endedAt: now(), how, why };
  memory.pending = null;
}

/** Has the guard of a change that nobody awaits any more end at once. */
export function dismiss(guard: ProcessId | null): void {
  if (guard === null || processOf(guard.pid)?.startedAt !== guard.startedAt) return;
  try {
    process.kill(guard.pid, 'SIGTERM');
  } catch {
    // It ended by itself.
  }
}

/** Whether nothing comes into the tables of a daemon that has just started. */
async function staysEmpty(backend: Backend): Promise<boolean> {
  for (let waited = 0; ; waited += POLL_MS) {
    const { sas, policies } = await presentOf(backend);
    if (sas.length > 0 || policies.length > 0) return false;
    if (waited >= SETTLING_MS) return true;
    await setTimeout(POLL_MS);
  }
}
