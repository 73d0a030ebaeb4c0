/**
 * `ipseal diff`: what applying files would change.
 *
 * @module
 */
import { presentOf } from '../../configuration/commit-difference.ts';
import { UsageError } from '../../getopt.ts';
import { printPieces } from '../../print.ts';
import { controllingSession } from '../session.ts';
import { type FilesOptions, filesOf, flowsFor, openTables, planFor, wantedBy } from './plan.ts';
import { differenceLines, reportOf } from './report.ts';

export interface DiffOptions extends FilesOptions {
  readonly json?: boolean;
}

/** As diff(1) has it. */
const STATUS = { same: 0, different: 1, trouble: 2 } as const;

/** Prints the differences; resolves with the exit status. */
export async function diff(names: readonly string[], options: DiffOptions): Promise<number> {
  const files = filesOf(names, options);
  const steps = await files.read();
  if (!steps.ok) return STATUS.trouble;
  try {
    const wanted = wantedBy(steps.value);
    const { kind, backend, memory } = await openTables(options);
    try {
      const present = await presentOf(backend);
      const flows = flowsFor(kind, controllingSession(undefined));
      const plan = planFor(present, memory.owned, wanted, options.adopt ?? false, flows);
      const lockOuts = plan.lockOuts.filter(({ fate }) => fate !== 'served');
      const report = reportOf(kind, names, plan, lockOuts);
      const lines = options.json ? [`${JSON.stringify(report)}\n`] : differenceLines(report);
      await printPieces(process.stdout, lines);
      const isSame = report.changes.length + report.conflicts.length === 0;
      return isSame ? STATUS.same : STATUS.different;
    } finally {
      await backend.close();
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    files.refused(error, steps.value);
    return STATUS.trouble;
  }
}
