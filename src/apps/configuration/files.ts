/**
 * The files that say what shall be in force: read as one, and checked, without a backend.
 *
 * @module
 */
import type { Step } from '../../config/index.ts';
import type { Change } from '../../ipsec/change.ts';
import type { NameSources } from '../setkey/names.ts';
import { openSource, type Reading, readFiles } from '../setkey/run.ts';
import { RefusedHere } from './commit-difference.ts';
import type { Failure, Outcome } from './outcome.ts';

const SAY_NOTHING = 'where nothing shall be in force, write "flush; spdflush;"';

export class ConfigurationFiles {
  readonly #program: string;
  readonly #files: readonly string[];
  readonly #reading: Reading;
  readonly #report: (text: string) => void;
  readonly #sources: NameSources | undefined;

  /** `report` is told, for people, all that is wrong with the files; `program` is who says it. */
  constructor(
    program: 'ipseal' | 'ipseald',
    files: readonly string[],
    reading: Reading,
    report: (text: string) => void,
    sources?: NameSources,
  ) {
    this.#program = program;
    this.#files = files;
    this.#reading = reading;
    this.#report = report;
    this.#sources = sources;
  }

  /** Whether there are any files. */
  get isEmpty(): boolean {
    return this.#files.length === 0;
  }

  /** Reads the files and checks them. */
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
      return this.failed(error);
    }
    return { ok: false, complaint: complaint ?? 'the files are wrong' };
  }

  /**
   * Reports why what `steps` say could not be put in force: with the place of the statement, where
   * `error` is about one.
   */
  refused(error: unknown, steps: readonly Step[]): Failure {
    if (!(error instanceof RefusedHere)) return this.failed(error);
    const { message, refusal } = error.reason;
    const step = refusal === 'failed' ? undefined : originOf(error.change, steps);
    if (step === undefined) return this.failed(error.reason);
    const { file, line, column, text } = step.at;
    const complaint = `${file}:${line}:${column}: error: ${message}; nothing was changed`;
    this.#report(`${complaint}\n    ${text}\n`);
    return { ok: false, complaint };
  }

  /** Reports `error`, of which nothing came. */
  failed(error: unknown): Failure {
    const complaint = error instanceof Error ? error.message : String(error);
    this.#report(`${this.#program}: ${complaint}; nothing was changed\n`);
    return { ok: false, complaint };
  }
}

/** What `steps` ask of a backend, those that print left out. */
export function changesOf(steps: readonly Step[]): Change[] {
  return steps.flatMap((step) => (step.kind === 'change' ? step.changes : []));
}

/** The step that asks for `change`, or for what it is about. */
function originOf(change: Change | undefined, steps: readonly Step[]): Step | undefined {
  const subject = subjectOf(change);
  return steps.findLast(
    (step) => step.kind === 'change' && step.changes.some((each) => subjectOf(each) === subject),
  );
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
