/**
 * `setkey`: loads, prints and flushes SAs and policies, by the original's flags and files.
 *
 * What reads files and what opens backends is loaded when it is needed: scripts ask for little, and
 * often.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { now } from '../../io/clock.ts';
import type { Backend } from '../../ipsec/backend.ts';
import { UsageError } from '../getopt.ts';
import { printPieces } from '../print.ts';
import { version } from '../version.ts';
import type { DumpForm } from './dump.ts';
import { parseCommand, type SetkeyCommand, USAGE } from './options.ts';
import type { Output } from './run.ts';

const OUTPUT: Output = {
  print: (pieces) => printPieces(process.stdout, pieces),
  report: (text) => void process.stderr.write(text),
};

/** Between two rounds of the short table. */
const ROUND_MS = 1000;

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
      if (isTyped(task.files, command)) return withBackend(command, listen(command));
      const { carryOut, openSource, readFiles } = await import('./run.ts');
      const steps = await readFiles(task.files.map(openSource), command, OUTPUT);
      if (steps === null) return 1;
      if (command.checkOnly) return 0;
      return withBackend(command, (backend) => carryOut(steps, backend, command, OUTPUT));
    }
    case 'dump-sad':
      return dump(command, task.kind, (backend, form) => form.sad(backend.sas()));
    case 'dump-spd':
      return dump(command, task.kind, (backend, form) => form.spd(backend.policies()));
    case 'monitor': {
      const { monitor } = await import('./monitor.ts');
      const form = command.json ? 'json' : { time: task.time, hexDump: command.hexDump };
      return withBackend(command, (backend) => monitor(backend, form, OUTPUT));
    }
    case 'watch-sad':
      return withBackend(command, watch);
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

async function dump(
  command: SetkeyCommand,
  task: 'dump-sad' | 'dump-spd',
  pieces: (backend: Backend, form: DumpForm) => AsyncIterable<string>,
): Promise<number> {
  const { dumpForm } = await import('./dump.ts');
  return withBackend(command, async (backend) => {
    if (command.hexDump) {
      const { hexDumpRequest } = await import('./dump-request.ts');
      await OUTPUT.print([hexDumpRequest(task, process.pid)]);
    }
    await OUTPUT.print(pieces(backend, dumpForm(command)));
    return 0;
  });
}

/** Whether somebody types the statements, one after the other. */
function isTyped(files: readonly string[], { checkOnly }: SetkeyCommand): boolean {
  // Not `process.stdin`, which would not let a pipe be read all at once afterwards.
  return files.length === 1 && files[0] === '-' && !checkOnly && isatty(0);
}

function listen(command: SetkeyCommand): (backend: Backend) => Promise<number> {
  return async (backend) => {
    const { converse } = await import('./session.ts');
    return converse(process.stdin.setEncoding('utf8'), backend, command, OUTPUT);
  };
}

/** Prints the short table until nobody reads it. */
async function watch(backend: Backend): Promise<number> {
  const { SHORT_HEADER, shortRound } = await import('./short-table.ts');
  await OUTPUT.print([SHORT_HEADER]);
  while (!process.stdout.destroyed) {
    await OUTPUT.print(shortRound(backend.sas(), now()));
    await setTimeout(ROUND_MS);
  }
  return 0;
}

async function withBackend(
  command: SetkeyCommand,
  use: (backend: Backend) => Promise<number>,
): Promise<number> {
  const { openBackend } = await import('../open-backend.ts');
  const backend = await openBackend(command.backend, command.control);
  try {
    return await use(backend);
  } finally {
    await backend.close();
  }
}
