/**
 * `setkey`: loads, prints and flushes SAs and policies, by the original's flags and files.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import type { Backend } from '../../ipsec/backend.ts';
import { openBackend } from '../backend-choice.ts';
import { UsageError } from '../getopt.ts';
import { printPieces } from '../print.ts';
import { version } from '../version.ts';
import { dumpForm } from './dump.ts';
import { parseCommand, type SetkeyCommand, USAGE } from './options.ts';
import { carryOut, type Output, readFiles, type SourceFile } from './run.ts';

const OUTPUT: Output = {
  print: (pieces) => printPieces(process.stdout, pieces),
  report: (text) => void process.stderr.write(text),
};

/** Runs the command; resolves with its exit status. */
export async function main(words: readonly string[]): Promise<number> {
  try {
    return await perform(parseCommand(words));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`setkey: ${message}\n`);
    if (error instanceof UsageError) process.stderr.write(USAGE);
    return 1;
  }
}

async function perform(command: SetkeyCommand): Promise<number> {
  const { task } = command;
  switch (task.kind) {
    case 'help':
      process.stdout.write(USAGE);
      return task.status;
    case 'version':
      process.stdout.write(`setkey (ipseal) ${version()}\n`);
      return task.status;
    case 'run': {
      const steps = readFiles(task.files.map(readSource), command, OUTPUT);
      if (steps === null) return 1;
      if (command.checkOnly) return 0;
      return withBackend(command, (backend) => carryOut(steps, backend, command, OUTPUT));
    }
    case 'dump-sad':
      return withBackend(command, async (backend) => {
        await OUTPUT.print(dumpForm(command).sad(await backend.sas()));
        return 0;
      });
    case 'dump-spd':
      return withBackend(command, async (backend) => {
        await OUTPUT.print(dumpForm(command).spd(await backend.policies()));
        return 0;
      });
    case 'flush-sad':
      return withBackend(command, async (backend) => {
        await backend.commit([{ kind: 'flush-sas', protocol: null }]);
        return 0;
      });
    case 'flush-spd':
      return withBackend(command, async (backend) => {
        await backend.commit([{ kind: 'flush-policies' }]);
        return 0;
      });
  }
}

async function withBackend(
  command: SetkeyCommand,
  use: (backend: Backend) => Promise<number>,
): Promise<number> {
  const backend = await openBackend(command.backend, command.control);
  try {
    return await use(backend);
  } finally {
    await backend.close();
  }
}

/** Reads a file, or standard input for `-`. */
function readSource(name: string): SourceFile {
  if (name === '-') return { name: '(standard input)', text: readFileSync(0, 'utf8') };
  try {
    return { name, text: readFileSync(name, 'utf8') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? `${error.code}` : '';
    const reason = code === 'ENOENT' ? 'No such file or directory' : code || `${error}`;
    throw new Error(`Can't open \`${name}': ${reason}`);
  }
}
