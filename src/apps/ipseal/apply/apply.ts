/**
 * `ipseal apply`: what files say is put in force, and nothing else is touched.
 *
 *   files ──► plan ──► conflicts? lock-out? ──► way back, guard ──► one commit ──► what is owned
 *                             │                 (with --confirm)
 *                             └──► refused
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { Step } from '../../../config/index.ts';
import { now } from '../../../io/clock.ts';
import type { ProcessId } from '../../../io/identity.ts';
import { collect } from '../../../ipsec/backend.ts';
import type { Contents } from '../../../ipsec/contents.ts';
import type { EssentialFlow } from '../../../ipsec/essential-flows.ts';
import type { LockOut } from '../../../ipsec/lock-out.ts';
import { progressOf } from '../../../ipsec/resumption.ts';
import { wayBackFrom } from '../../../ipsec/way-back.ts';
import { isHostPrefix } from '../../../net/prefix.ts';
import { commitDifference } from '../../configuration/commit-difference.ts';
import { UsageError } from '../../getopt.ts';
import { printPieces } from '../../print.ts';
import { complain } from '../complain.ts';
import { controllingSession } from '../session.ts';
import type { Pending } from './documents.ts';
import { durationMs, formatDuration } from './duration.ts';
import { startGuard } from './guard.ts';
import {
  type FilesOptions,
  filesOf,
  flowsFor,
  openTables,
  type Plan,
  planFor,
  type Tables,
  wantedBy,
} from './plan.ts';
import { countsOf, differenceLines, lockOutText, reportOf, trafficText } from './report.ts';
import { dismiss } from './roll-back.ts';

export interface ApplyOptions extends FilesOptions {
  readonly confirm?: string;
  readonly session?: string;
  readonly allowLockOut?: boolean;
  readonly json?: boolean;
}

/** Why nothing was done, for people; ends in a line feed. */
class NotApplied extends Error {}

/** Applies the files; resolves with the exit status. Throws `UsageError`. */
export async function apply(names: readonly string[], options: ApplyOptions): Promise<number> {
  const timeoutMs = options.confirm === undefined ? null : durationMs(options.confirm);
  const session = controllingSession(options.session);
  const files = filesOf(names, options);
  const steps = await files.read();
  if (!steps.ok) return 1;
  try {
    const tables = await openTables(options);
    try {
      const application = new Application(names, tables, session, timeoutMs, options);
      const plan = await tables.memory.exclusively(() => application.carryOut(steps.value));
      await application.report(plan);
      return 0;
    } finally {
      await tables.backend.close();
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof NotApplied) complain(error.message);
    else files.refused(error, steps.value);
    return 1;
  }
}

/** One application of files, while no other is at work. */
class Application {
  readonly #names: readonly string[];
  readonly #tables: Tables;
  readonly #session: EssentialFlow | null;
  readonly #timeoutMs: number | null;
  readonly #options: ApplyOptions;
  readonly #id = randomUUID();
  #guard: ProcessId | null = null;

  constructor(
    names: readonly string[],
    tables: Tables,
    session: EssentialFlow | null,
    timeoutMs: number | null,
    options: ApplyOptions,
  ) {
    this.#names = names;
    this.#tables = tables;
    this.#session = session;
    this.#timeoutMs = timeoutMs;
    this.#options = options;
  }

  /** Puts in force what `steps` say. Throws {@link NotApplied}, and what a commit throws. */
  async carryOut(steps: readonly Step[]): Promise<Plan> {
    const { memory, backend, kind } = this.#tables;
    if (memory.pending !== null) throw new NotApplied(PENDING);
    const wanted = wantedBy(steps);
    const { owned } = memory;
    const flows = flowsFor(kind, this.#session);
    const adopt = this.#options.adopt ?? false;
    const plan = (present: Contents) => planFor(present, owned, wanted, adopt, flows);
    const commit = (planned: Plan) => this.#commit(planned);
    const done = await commitDifference(backend, plan, commit).catch((error: unknown) => {
      // All is as it was: there is nothing to come back from.
      memory.pending = null;
      dismiss(this.#guard);
      throw error;
    });
    memory.owned = done.owned;
    return done;
  }

  /** Tells what was done. */
  async report(plan: Plan): Promise<void> {
    const { kind } = this.#tables;
    const report = reportOf(kind, this.#names, plan, plan.lockOuts);
    if (this.#options.json) {
      const confirmBy = this.#guard === null ? null : now() + (this.#timeoutMs ?? 0);
      await printPieces(process.stdout, [`${JSON.stringify({ ...report, confirmBy })}\n`]);
      return;
    }
    await printPieces(process.stdout, differenceLines(report));
    process.stdout.write(`${this.#names.join(' ')}: ${countsOf(report.changes)} (${kind})\n`);
    const left = plan.left.sas.length + plan.left.policies.length;
    if (left > 0) process.stdout.write(`${left} there already, put there by others\n`);
    if (this.#guard !== null && this.#timeoutMs !== null) {
      const time = formatDuration(this.#timeoutMs);
      process.stdout.write(`Taken back in ${time}, unless you say: ipseal confirm\n`);
    }
  }

  async #commit(plan: Plan): Promise<void> {
    this.#refuse(plan);
    if (plan.changes.length === 0) return;
    if (this.#timeoutMs !== null) await this.#arm(plan, this.#timeoutMs);
    await this.#tables.backend.commit(plan.changes);
  }

  #refuse({ conflicts, lockOuts }: Plan): void {
    const [file] = this.#names;
    if (conflicts.length > 0) throw new NotApplied(conflictText(conflicts.length, `${file}`));
    const ofSession = lockOuts.filter(({ flow }) => flow.kind === 'session');
    const cut = ofSession.filter(({ fate }) => fate !== 'served');
    if (cut.length > 0 && !this.#options.allowLockOut) throw new NotApplied(cutText(cut));
    const told = lockOuts.filter(isWorthTelling);
    for (const kind of new Set(told.map(({ flow }) => flow.kind))) {
      const some = told.filter(({ flow }) => flow.kind === kind);
      const [first] = some;
      if (first !== undefined) {
        complain(`warning: ${warningText(first)}\n${lockOutText(some)}`);
      }
    }
  }

  /** Remembers the way back, and has a guard wait for it. */
  async #arm(plan: Plan, timeoutMs: number): Promise<void> {
    const { memory, kind, control } = this.#tables;
    const { owned } = memory;
    const pending: Pending = {
      ...memory.origin,
      id: this.#id,
      files: [...this.#names],
      appliedAt: now(),
      confirmBy: now() + timeoutMs,
      guard: null,
      owned,
      ...wayBackFrom(plan.changes, plan.present, owned),
      progress: [],
      all: kind === 'userspace' ? plan.present : null,
    };
    memory.pending = pending;
    this.#guard ??= await startGuard({ kind, control, id: this.#id, timeoutMs });
    // Starting it takes a while, and packets went on.
    const sas = await collect(this.#tables.backend.sas());
    const progress = progressOf(sas, pending.all ?? pending.before);
    memory.pending = { ...pending, guard: this.#guard, progress };
  }
}

/**
 * Of the session all is. Of the rest what is stopped, unless between this host and one other that the
 * policy names: that is what was meant.
 */
function isWorthTelling({ flow, fate, selector }: LockOut): boolean {
  if (flow.kind === 'session' || fate === 'served') return flow.kind === 'session';
  return flow.kind === 'loopback' || !isHostPrefix(selector.remoteAddress);
}

const PENDING = `another change awaits confirmation; nothing was changed
  ipseal confirm            keeps it
  ipseal apply --rollback   takes it back`;

function conflictText(count: number, file: string): string {
  const what = count === 1 ? 'is one SA or policy' : `are ${count} SAs and policies`;
  return `there ${what} of the same name that ipseal apply did not bring; nothing was changed
  ipseal diff ${file}           shows what it is
  ipseal apply --adopt ${file}  puts what the file says in its place`;
}

function cutText(cut: readonly LockOut[]): string {
  const [first] = cut;
  if (first === undefined) return '';
  return `that would cut off ${trafficText(first.flow)}; nothing was changed
${lockOutText(cut)}
  --allow-lock-out does it nevertheless: give --confirm 60s, too`;
}

function warningText({ flow, fate }: LockOut): string {
  const what = trafficText(flow);
  if (fate !== 'served') return `this stops ${what}`;
  return `${what} is protected from now on, and goes on only if the peer does the same`;
}
