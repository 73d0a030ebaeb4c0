/**
 * `ifup-ipsec` and `ifdown-ipsec`: what both do alike, which is all but the work on each interface.
 *
 * @module
 */
import type { Backend } from '../../ipsec/backend.ts';
import { UsageError } from '../getopt.ts';
import { openBackend } from '../open-backend.ts';
import { version } from '../version.ts';
import { listInterfaces } from './load.ts';
import { type IfcfgCommand, type IfcfgCommandName, parseCommand, USAGE } from './options.ts';

/** Where what is said of an interface goes. */
export interface Surroundings {
  readonly command: IfcfgCommand;
  /** The backend, opened when it is first asked for. */
  backend(): Promise<Backend>;
  /** For people, on standard output. */
  print(text: string): void;
  /** What is wrong. */
  report(text: string): void;
}

/** Does the work on the interface that `word` names; whether all of it was done. Throws why not. */
export type Work = (word: string, surroundings: Surroundings) => Promise<boolean>;

/** Runs the command called `name`; resolves with its exit status. */
export async function runCommand(
  name: IfcfgCommandName,
  words: readonly string[],
  work: Work,
): Promise<number> {
  try {
    const task = parseCommand(words);
    switch (task.kind) {
      case 'help':
        process.stdout.write(USAGE[name]);
        return 0;
      case 'version':
        process.stdout.write(`${name} (ipseal) ${version()}\n`);
        return 0;
      case 'run':
        return (await workOnAll(name, task, work)) ? 0 : 1;
    }
  } catch (error) {
    process.stderr.write(`${name}: ${textOf(error)}\n`);
    if (error instanceof UsageError) process.stderr.write(USAGE[name]);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** One interface that fails does not keep the others from their turn. */
async function workOnAll(
  name: IfcfgCommandName,
  command: IfcfgCommand,
  work: Work,
): Promise<boolean> {
  const onBoot = () =>
    listInterfaces(command.places).flatMap((each) => (each.onBoot ? each.name : []));
  let opened: Backend | null = null;
  const surroundings: Surroundings = {
    command,
    backend: async () => {
      opened ??= await openBackend(command.backend, command.control);
      return opened;
    },
    print: (text) => void process.stdout.write(text),
    report: (text) => void process.stderr.write(text),
  };
  let done = true;
  try {
    for (const word of command.interfaces ?? onBoot()) {
      try {
        if (!(await work(word, surroundings))) done = false;
      } catch (error) {
        process.stderr.write(`${name}: ${word}: ${textOf(error)}\n`);
        done = false;
      }
    }
  } finally {
    await closed(opened);
  }
  return done;
}

async function closed(backend: Backend | null): Promise<void> {
  await backend?.close();
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
