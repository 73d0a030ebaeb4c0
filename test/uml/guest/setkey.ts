/**
 * Our setkey inside a guest, without a process of its own, on the guest's kernel.
 *
 * @module
 */
import type { NameSources } from '../../../src/apps/setkey/names.ts';
import { parseCommand } from '../../../src/apps/setkey/options.ts';
import { carryOut, type Output, readFiles } from '../../../src/apps/setkey/run.ts';
import { KernelBackend } from '../../../src/io/xfrm/kernel-backend.ts';

const LOCALHOST: NameSources = {
  addressesOf: async () => [{ address: '127.0.0.1', family: 4 }],
  services: async () => '',
};

/** What became of a file. */
export interface Outcome {
  readonly printed: string;
  /** The codes of what was wrong with the file; nothing of it was carried out then. */
  readonly codes: readonly string[];
  readonly refusedLines: readonly number[];
}

/** Carries out `text` with `--keep-going`. */
export async function runSetkey(text: string): Promise<Outcome> {
  let printed = '';
  let reported = '';
  const output: Output = {
    print: async (pieces) => {
      for await (const piece of pieces) printed += piece;
    },
    report: (line) => {
      reported += line;
    },
  };
  const command = parseCommand(['--keep-going', '-c']);
  const backend = new KernelBackend();
  try {
    const steps = await readFiles([{ name: 'a.cf', text }], command, output, LOCALHOST);
    if (steps !== null) await carryOut(steps, backend, command, output);
    const errors = [...reported.matchAll(/^a\.cf:(\d+):\d+: error: .*?(?: \[([\w-]+)\])?$/gm)];
    return {
      printed,
      codes: steps === null ? errors.map(([, , code]) => code ?? '') : [],
      refusedLines: steps === null ? [] : errors.map(([, line]) => Number(line)),
    };
  } finally {
    await backend.close();
  }
}
