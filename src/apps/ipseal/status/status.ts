/**
 * `ipseal status`: what is in force, what each SA carried, and which packets were discarded for which
 * reason.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises';
import { monotonicMicroseconds, now } from '../../../io/clock.ts';
import { backendChoice } from '../../backend-choice.ts';
import { UsageError } from '../../getopt.ts';
import { openBackend } from '../../open-backend.ts';
import { printPieces } from '../../print.ts';
import { takeReport } from './report.ts';
import { type Screen, type Tick, watch } from './watch.ts';
import { reportLines } from './words.ts';

export interface StatusOptions {
  readonly json?: boolean;
  /** `true` without a number of seconds. */
  readonly watch?: string | true;
  readonly backend?: string;
  readonly control?: string;
}

const DEFAULT_SECONDS = 2;
const [LEAST_SECONDS, MOST_SECONDS] = [0.1, 86_400];

/** Prints the status, once or again and again; resolves with the exit status. */
export async function status(options: StatusOptions): Promise<number> {
  const seconds = options.watch === undefined ? null : secondsOf(options.watch);
  const backend = await openBackend(backendChoice(options.backend), options.control);
  const report = () => takeReport(backend, now());
  const { stdout } = process;
  try {
    if (seconds !== null) {
      const form = options.json ? () => 'json' as const : () => formOf(stdout);
      await watch(stdout, form, report, every(seconds));
      return 0;
    }
    const told = await report();
    const lines = options.json ? [JSON.stringify(told)] : reportLines(told);
    await printPieces(
      stdout,
      lines.map((line) => `${line}\n`),
    );
    return 0;
  } finally {
    await backend.close();
  }
}

function secondsOf(given: string | true): number {
  if (given === true) return DEFAULT_SECONDS;
  const seconds = /^\d+(\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
  if (seconds >= LEAST_SECONDS && seconds <= MOST_SECONDS) return seconds;
  throw new UsageError(
    `--watch is in seconds, ${LEAST_SECONDS} to ${MOST_SECONDS}, not "${given}"`,
  );
}

function formOf(stdout: typeof process.stdout): Screen | 'block' {
  return stdout.isTTY ? { rows: stdout.rows, columns: stdout.columns } : 'block';
}

async function* every(seconds: number): AsyncGenerator<Tick, never, undefined> {
  for (;;) {
    yield monotonicMicroseconds() / 1e6;
    await setTimeout(seconds * 1000);
  }
}
