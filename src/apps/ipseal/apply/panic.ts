/**
 * `ipseal panic`: all SAs and policies go, whoever put them there, and packets in the clear; what went is
 * kept for `--restore`. It needs no configuration, and asks nothing.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises';
import { now } from '../../../io/clock.ts';
import { removeKernelGuard } from '../../../io/guard/kernel-guard.ts';
import { type Backend, collect } from '../../../ipsec/backend.ts';
import type { Change } from '../../../ipsec/change.ts';
import {
  type Contents,
  contentsOf,
  NOTHING,
  namesOf,
  union,
  without,
} from '../../../ipsec/contents.ts';
import type { SaProgress } from '../../../ipsec/progress.ts';
import { progressOf, resuming } from '../../../ipsec/resumption.ts';
import { backendChoice } from '../../backend-choice.ts';
import { commitDifference } from '../../configuration/commit-difference.ts';
import { type OpenBackend, openEither } from '../../open-backend.ts';
import { complain } from '../complain.ts';
import { memoriesFor } from './memories.ts';
import type { Memory } from './memory.ts';
import type { TablesOptions } from './plan.ts';
import { dismiss, end } from './roll-back.ts';

export interface PanicOptions extends TablesOptions {
  readonly restore?: boolean;
}

const FLUSH: readonly Change[] = [
  { kind: 'flush-policies' },
  { kind: 'flush-sas', protocol: null },
];

/** How long a daemon may take to say that it is there. */
const LONGEST_ANSWER_MS = 5000;

/** Removes everything, or brings it back; resolves with the exit status. */
export async function panic(options: PanicOptions): Promise<number> {
  const choice = backendChoice(options.backend);
  let status = 0;
  for (const memory of memoriesFor(choice, options.control)) {
    try {
      const said = await (options.restore ? restore(memory) : removeAll(memory));
      process.stdout.write(`${memory.kind}: ${said}\n`);
    } catch (error) {
      status = 1;
      complain(`${memory.kind}: ${reasonOf(error)}`);
    }
  }
  return status;
}

/** What became of it, in words. */
async function removeAll(memory: Memory): Promise<string> {
  const opened = await opening(memory);
  if (opened === null) return release(memory);
  const { backend } = opened;
  try {
    if (!(await answers(backend))) return removeWithout(memory);
    return await memory.urgently(async () => {
      const sas = await collect(backend.sas());
      const present = contentsOf(sas, await collect(backend.policies()));
      const kept = keep(memory, present, progressOf(sas, present));
      await backend.commit(FLUSH);
      forget(memory);
      return `${countOf(present)} removed${kept}`;
    });
  } finally {
    await backend.close();
  }
}

/** Whether `backend` is awake: a daemon that hangs must keep nobody from getting out. */
async function answers(backend: Backend): Promise<boolean> {
  const answer = backend.capabilities().then(
    () => true,
    () => false,
  );
  return Promise.race([answer, setTimeout(LONGEST_ANSWER_MS, false, { ref: false })]);
}

/** What can be done without the daemon; throws what cannot. */
function removeWithout(memory: Memory): never {
  removeKernelGuard();
  forget(memory);
  throw new Error(
    `ipseald does not answer. What it had in force on this host was removed, and could not be saved.
  Kill it (kill -9): when it goes on, it puts that in force again`,
  );
}

/** Brings back what was removed, but for names that there are again. */
async function restore(memory: Memory): Promise<string> {
  const { removed } = memory;
  if (removed === null) return 'nothing to restore';
  const opened = await opening(memory);
  if (opened === null) throw new Error(`there is no ${memory.kind} to restore to`);
  const { backend } = opened;
  try {
    if (!(await answers(backend))) throw new Error('ipseald does not answer; nothing was restored');
    return await memory.exclusively(async () => {
      const plan = (present: Contents) => {
        const missing = without(removed.contents, namesOf(present));
        return { missing, changes: resuming(additionsOf(missing), removed.progress) };
      };
      const { missing } = await commitDifference(backend, plan);
      memory.owned = removed.owned;
      memory.removed = null;
      return `${countOf(missing)} restored`;
    });
  } finally {
    await backend.close();
  }
}

/** Policies come first, so that what they protect does not pass in the clear meanwhile. */
function additionsOf({ sas, policies }: Contents): Change[] {
  return [
    ...policies.map((policy): Change => ({ kind: 'add-policy', policy })),
    ...sas.map((sa): Change => ({ kind: 'add-sa', sa })),
  ];
}

/** The tables; `null` when there is no such backend here. */
async function opening({ kind, control }: Memory): Promise<OpenBackend | null> {
  try {
    return await openEither(kind, control ?? undefined);
  } catch (error) {
    if (kind === 'userspace' || isMissingXfrm(error)) return null;
    throw error;
  }
}

function isMissingXfrm(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPROTONOSUPPORT';
}

/** Lets go of what an `ipseald` that is gone left in force. */
async function release(memory: Memory): Promise<string> {
  if (memory.kind === 'kernel') return 'this kernel has no IPsec';
  removeKernelGuard();
  forget(memory);
  return 'no ipseald is running; what one may have left in force was removed';
}

/** Saves what goes, beside what an earlier panic saved. A disk that is full is no reason to stay. */
function keep(memory: Memory, present: Contents, progress: readonly SaProgress[]): string {
  if (present.sas.length + present.policies.length === 0) return '';
  try {
    const earlier = memory.removed;
    const before = earlier === null ? NOTHING : without(earlier.contents, namesOf(present));
    memory.removed = {
      ...memory.origin,
      removedAt: now(),
      owned: union(earlier?.owned ?? NOTHING, memory.owned),
      contents: {
        sas: [...before.sas, ...present.sas],
        policies: [...before.policies, ...present.policies],
      },
      progress: [...(earlier?.progress ?? []), ...progress],
    };
    return '; ipseal panic --restore brings it back';
  } catch (error) {
    return `, and NOT saved: ${reasonOf(error)}`;
  }
}

/** Nothing is owned any more, and nothing awaits confirmation. */
function forget(memory: Memory): void {
  const { pending } = memory;
  memory.owned = NOTHING;
  if (pending === null) return;
  end(memory, pending, 'removed', '');
  dismiss(pending.guard);
}

function countOf({ sas, policies }: Contents): string {
  const count = (number: number, one: string, several: string) =>
    `${number} ${number === 1 ? one : several}`;
  return `${count(sas.length, 'SA', 'SAs')} and ${count(policies.length, 'policy', 'policies')}`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
