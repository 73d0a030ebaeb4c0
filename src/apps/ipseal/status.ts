/**
 * `ipseal status`: what is in force, and which packets were discarded for which reason.
 *
 * @module
 */
import { DISCARD_REASONS } from '../../ipsec/discard-reason.ts';
import { backendChoice } from '../backend-choice.ts';
import { openBackend } from '../open-backend.ts';

export interface StatusOptions {
  readonly json?: boolean;
  readonly backend?: string;
  readonly control?: string;
}

/** Prints the status; resolves with the exit status. */
export async function status(options: StatusOptions): Promise<number> {
  const backend = await openBackend(backendChoice(options.backend), options.control);
  try {
    const [capabilities, sas, policies, discards] = [
      await backend.capabilities(),
      await count(backend.sas()),
      await count(backend.policies()),
      await backend.discards(),
    ];
    const summary = {
      version: 1,
      backend: capabilities.backend,
      sas,
      policies,
      discards,
    };
    process.stdout.write(options.json ? `${JSON.stringify(summary)}\n` : inWords(summary));
    return 0;
  } finally {
    await backend.close();
  }
}

async function count(records: AsyncIterable<unknown>): Promise<number> {
  let all = 0;
  for await (const _ of records) all += 1;
  return all;
}

function inWords(summary: {
  readonly backend: string;
  readonly sas: number;
  readonly policies: number;
  readonly discards: Readonly<Record<string, number>>;
}): string {
  const reasons: Readonly<Record<string, string>> = DISCARD_REASONS;
  const counts = Object.entries(summary.discards).filter(([, packets]) => packets > 0);
  const lines = [
    `${summary.backend}: ${counted(summary.sas, 'SA', 'SAs')}, ${counted(summary.policies, 'policy', 'policies')}`,
    counts.length === 0 ? 'no packet was discarded' : 'packets discarded:',
    ...counts.map(([reason, packets]) => {
      const meaning = reasons[reason];
      return `  ${`${packets}`.padStart(8)}  ${reason}${meaning ? `: ${meaning}` : ''}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function counted(number: number, one: string, several: string): string {
  return `${number} ${number === 1 ? one : several}`;
}
