/**
 * `ipseal confirm`: a change that was made on approval stays; and `ipseal apply --rollback`: it does not.
 *
 * @module
 */
import { now } from '../../../io/clock.ts';
import { isRunning } from '../../../io/identity.ts';
import { backendChoice } from '../../backend-choice.ts';
import { openEither } from '../../open-backend.ts';
import { complain } from '../complain.ts';
import type { Ended, Pending } from './documents.ts';
import { formatDuration } from './duration.ts';
import { memoriesFor } from './memories.ts';
import type { Memory } from './memory.ts';
import type { TablesOptions } from './plan.ts';
import { dismiss, end, rollBack } from './roll-back.ts';

export interface ConfirmOptions extends TablesOptions {
  readonly status?: boolean;
  readonly json?: boolean;
}

/** Confirms, or tells what awaits it; resolves with the exit status. */
export async function confirm(options: ConfirmOptions): Promise<number> {
  const memories = memoriesFor(backendChoice(options.backend), options.control);
  if (options.status) return tellStatus(memories, options.json ?? false);
  return settle(memories, async (memory, pending) => {
    end(memory, pending, 'confirmed', '');
    return `${pending.files.join(' ')}: confirmed, it stays`;
  });
}

/** Takes back what awaits confirmation; resolves with the exit status. */
export async function rollback(options: TablesOptions): Promise<number> {
  const memories = memoriesFor(backendChoice(options.backend), options.control);
  return settle(memories, async (memory, pending) => {
    const { backend } = await openEither(memory.kind, memory.control ?? undefined);
    try {
      await rollBack(memory, pending, backend, 'it was asked for');
    } finally {
      await backend.close();
    }
    return `${pending.files.join(' ')}: taken back, all is as it was before`;
  });
}

/** Has `action` end what is pending, and tells what it says. */
async function settle(
  memories: readonly Memory[],
  action: (memory: Memory, pending: Pending) => Promise<string>,
): Promise<number> {
  let settled = false;
  for (const memory of memories) {
    const pending = await memory.exclusively(async () => {
      const found = memory.pending;
      if (found !== null) process.stdout.write(`${await action(memory, found)}\n`);
      return found;
    });
    if (pending === null) continue;
    dismiss(pending.guard);
    settled = true;
  }
  if (settled) return 0;
  const last = lastOf(memories);
  const ended = last === undefined ? '' : `; ${endText(last)}`;
  complain(`nothing awaits confirmation${ended}`);
  return 1;
}

function tellStatus(memories: readonly Memory[], json: boolean): number {
  const pending = memories.flatMap((memory) => memory.pending ?? []);
  const last = lastOf(memories);
  if (json) {
    const awaited = pending.map(({ files, appliedAt, confirmBy, guard }) => ({
      files,
      appliedAt,
      confirmBy,
      isGuarded: guard !== null && isRunning(guard),
    }));
    process.stdout.write(`${JSON.stringify({ version: 1, awaited, last: last ?? null })}\n`);
  } else {
    for (const one of pending) process.stdout.write(`${pendingText(one)}\n`);
    if (pending.length === 0) process.stdout.write('nothing awaits confirmation\n');
    if (last !== undefined) process.stdout.write(`${endText(last)}\n`);
  }
  return pending.length > 0 ? 1 : 0;
}

function pendingText({ files, confirmBy, guard }: Pending): string {
  const what = files.join(' ');
  if (guard === null || !isRunning(guard)) {
    return `${what} awaits confirmation, and its guard is gone: ipseal confirm, or ipseal apply --rollback`;
  }
  const left = confirmBy - now();
  if (left <= 0) return `${what} is being taken back`;
  return `${what} is taken back in ${formatDuration(left)}, unless you say: ipseal confirm`;
}

function endText({ files, how, why, endedAt }: Ended): string {
  const when = new Date(endedAt).toISOString().replace(/\.\d+/, '');
  const reason = why === '' ? '' : `, since ${why}`;
  return `${files.join(' ')} was ${WORDS[how]} at ${when}${reason}`;
}

const WORDS: Readonly<Record<Ended['how'], string>> = {
  confirmed: 'confirmed',
  'rolled-back': 'taken back',
  removed: 'removed by ipseal panic',
};

function lastOf(memories: readonly Memory[]): Ended | undefined {
  return memories
    .flatMap((memory) => memory.ended ?? [])
    .sort((a, b) => a.endedAt - b.endedAt)
    .at(-1);
}
