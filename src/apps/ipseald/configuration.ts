/**
 * The files that `ipseald` keeps in force: read when it starts, and again when it is told to.
 *
 *   files ──► steps ──► what they would leave ──► the difference to what is there ──► one commit
 *
 * The files are carried out on the tables as they would be had the files never been loaded. So a file
 * that begins with `flush; spdflush;` says all that there shall be, and one that does not speaks for
 * what it adds alone: what others put there stays. What is the same before and after is not touched,
 * and where anything is wrong, nothing is.
 *
 * @module
 */
import type { Step } from '../../config/index.ts';
import { type Backend, ChangeRefused, collect } from '../../ipsec/backend.ts';
import type { Change } from '../../ipsec/change.ts';
import {
  type Contents,
  contentsOf,
  type Names,
  NOTHING,
  namesOf,
  outcomeOf,
  without,
} from '../../ipsec/contents.ts';
import { reconcile } from '../../ipsec/reconcile.ts';
import type { NameSources } from '../setkey/names.ts';
import { openSource, type Reading, readFiles } from '../setkey/run.ts';

/** What became of reading or applying the files. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  /** `complaint` is the first thing that was wrong, on one line, with its place if it has one. */
  | { readonly ok: false; readonly complaint: string };

/** What is in force once the files are applied. */
export interface Applied {
  readonly sas: number;
  readonly policies: number;
  /** How many changes that took. */
  readonly changes: number;
}

/** How often the difference is worked out anew when others change the tables meanwhile. */
const MOST_TRIES = 5;

const SAY_NOTHING = 'where nothing shall be in force, write flush; spdflush;';

export class Configuration {
  readonly #files: readonly string[];
  readonly #reading: Reading;
  readonly #report: (text: string) => void;
  readonly #sources: NameSources | undefined;
  /** What the files brought when they were last applied. */
  #brought: Names = NOTHING;

  /** `report` is told, for people, all that is wrong with the files. */
  constructor(
    files: readonly string[],
    reading: Reading,
    report: (text: string) => void,
    sources?: NameSources,
  ) {
    this.#files = files;
    this.#reading = reading;
    this.#report = report;
    this.#sources = sources;
  }

  /** Whether there are any files. */
  get isEmpty(): boolean {
    return this.#files.length === 0;
  }

  /** Reads the files and checks them, without a backend. */
  async read(): Promise<Outcome<readonly Step[]>> {
    let complaint: string | null = null;
    const report = (text: string) => {
      complaint ??= /^.*: error: .*$/m.exec(text)?.[0] ?? null;
      this.#report(text);
    };
    try {
      const files = this.#files.map(openSource);
      const steps = await readFiles(files, this.#reading, { report }, this.#sources);
      // A file that is being written anew is empty for a moment: nobody meant to open everything.
      if (steps !== null && !this.isEmpty && !steps.some(({ kind }) => kind === 'change')) {
        throw new Error(
          `${this.#files.join(', ')}: no statement that says anything; ${SAY_NOTHING}`,
        );
      }
      if (steps !== null) return { ok: true, value: steps };
    } catch (error) {
      return this.#failed(error);
    }
    return { ok: false, complaint: complaint ?? 'the files are wrong' };
  }

  /** Makes the tables of `backend` what `steps` say, by one commit or not at all. */
  async apply(steps: readonly Step[], backend: Backend): Promise<Outcome<Applied>> {
    const wanted: Change[] = [];
    const origins = new Map<unknown, Step>();
    for (const step of steps) {
      if (step.kind !== 'change') continue;
      for (const change of step.changes) {
        wanted.push(change);
        origins.set(subjectOf(change), step);
      }
    }
    try {
      return { ok: true, value: await this.#commit(wanted, backend) };
    } catch (error) {
      if (!(error instanceof RefusedHere)) return this.#failed(error);
      const { message, refusal } = error.reason;
      const step = refusal === 'failed' ? undefined : origins.get(subjectOf(error.change));
      if (step === undefined) return this.#failed(error.reason);
      const { file, line, column, text } = step.at;
      const complaint = `${file}:${line}:${column}: error: ${message}; nothing was changed`;
      this.#report(`${complaint}\n    ${text}\n`);
      return { ok: false, complaint };
    }
  }

  async #commit(wanted: readonly Change[], backend: Backend): Promise<Applied> {
    for (let tries = 1; ; tries++) {
      const present = contentsOf(await collect(backend.sas()), await collect(backend.policies()));
      const others = without(present, this.#brought);
      const outcome = refusing(wanted, () => outcomeOf(wanted, others));
      const changes = reconcile(present, outcome);
      try {
        // Even without changes: the guard is put in its place, and ports are opened anew.
        await backend.commit(changes);
      } catch (error) {
        if (!(error instanceof ChangeRefused)) throw error;
        const isRace = error.refusal === 'exists' || error.refusal === 'missing';
        if (!isRace || tries === MOST_TRIES) throw new RefusedHere(error, changes[error.index]);
        continue;
      }
      this.#brought = namesOf(broughtBy(outcome, others));
      const { sas, policies } = outcome;
      return { sas: sas.length, policies: policies.length, changes: changes.length };
    }
  }

  #failed(error: unknown): { readonly ok: false; readonly complaint: string } {
    const complaint = error instanceof Error ? error.message : String(error);
    this.#report(`error: ${complaint}; nothing was changed\n`);
    return { ok: false, complaint };
  }
}

/** A change was refused, which may be another one than the index of the refusal says. */
class RefusedHere extends Error {
  readonly reason: ChangeRefused;
  readonly change: Change | undefined;

  constructor(reason: ChangeRefused, change: Change | undefined) {
    super(reason.message);
    this.reason = reason;
    this.change = change;
  }
}

/** What `action` returns; with the change in question where it throws a `ChangeRefused`. */
function refusing<T>(changes: readonly Change[], action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof ChangeRefused) throw new RefusedHere(error, changes[error.index]);
    throw error;
  }
}

/** What of `outcome` was not there before. */
function broughtBy(outcome: Contents, before: Contents): Contents {
  const known = new Set<unknown>([...before.sas, ...before.policies]);
  return {
    sas: outcome.sas.filter((sa) => !known.has(sa)),
    policies: outcome.policies.filter((policy) => !known.has(policy)),
  };
}

/** What the changes of a file and those that were worked out have in common. */
function subjectOf(change: Change | undefined): unknown {
  switch (change?.kind) {
    case 'add-sa':
      return change.sa;
    case 'add-policy':
    case 'update-policy':
      return change.policy;
    default:
      return change;
  }
}
