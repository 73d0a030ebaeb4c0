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
import type { Backend } from '../../ipsec/backend.ts';
import type { Change } from '../../ipsec/change.ts';
import {
  type Contents,
  type Names,
  NOTHING,
  namesOf,
  outcomeOf,
  without,
} from '../../ipsec/contents.ts';
import { reconcile } from '../../ipsec/reconcile.ts';
import { commitDifference, refusing } from '../configuration/commit-difference.ts';
import { ConfigurationFiles, changesOf } from '../configuration/files.ts';
import type { Outcome } from '../configuration/outcome.ts';
import type { NameSources } from '../setkey/names.ts';
import type { Reading } from '../setkey/run.ts';

/** What is in force once the files are applied. */
export interface Applied {
  readonly sas: number;
  readonly policies: number;
  /** How many changes that took. */
  readonly changes: number;
}

export class Configuration {
  readonly #files: ConfigurationFiles;
  /** What the files brought when they were last applied. */
  #brought: Names = NOTHING;

  /** `report` is told, for people, all that is wrong with the files. */
  constructor(
    files: readonly string[],
    reading: Reading,
    report: (text: string) => void,
    sources?: NameSources,
  ) {
    this.#files = new ConfigurationFiles('ipseald', files, reading, report, sources);
  }

  /** Whether there are any files. */
  get isEmpty(): boolean {
    return this.#files.isEmpty;
  }

  /** Reads the files and checks them, without a backend. */
  read(): Promise<Outcome<readonly Step[]>> {
    return this.#files.read();
  }

  /** Makes the tables of `backend` what `steps` say, by one commit or not at all. */
  async apply(steps: readonly Step[], backend: Backend): Promise<Outcome<Applied>> {
    const wanted = changesOf(steps);
    try {
      // Even without changes: the guard is put in its place, and ports are opened anew.
      const plan = (present: Contents) => this.#plan(present, wanted);
      const { others, outcome, changes } = await commitDifference(backend, plan);
      this.#brought = namesOf(broughtBy(outcome, others));
      const { sas, policies } = outcome;
      const value = { sas: sas.length, policies: policies.length, changes: changes.length };
      return { ok: true, value };
    } catch (error) {
      return this.#files.refused(error, steps);
    }
  }

  /** What `wanted` makes of the tables as they would be without the files, and how to get there. */
  #plan(present: Contents, wanted: readonly Change[]) {
    const others = without(present, this.#brought);
    const outcome = refusing(wanted, () => outcomeOf(wanted, others));
    return { others, outcome, changes: reconcile(present, outcome) };
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
