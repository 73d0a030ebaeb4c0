/**
 * `racoonctl`: asks a running racoon, by the original's commands.
 *
 * @module
 */

import { whyNot } from '../file-trouble.ts';
import { UsageError } from '../getopt.ts';
import { AdminClient, RacoonRefused } from '../racoon/admin/client.ts';
import { version } from '../version.ts';
import { commandCalled } from './commands.ts';
import { parseCommand, type RacoonctlCommand, USAGE } from './options.ts';
import { WrongWords } from './sa-words.ts';

/** Runs the command; resolves with its exit status. */
export async function main(words: readonly string[]): Promise<number> {
  try {
    const task = parseCommand(words);
    switch (task.kind) {
      case 'help':
        process.stdout.write(USAGE);
        return 0;
      case 'version':
        process.stdout.write(`racoonctl (ipseal) ${version()}\n`);
        return 0;
      case 'run':
        return await run(task);
    }
  } catch (error) {
    process.stderr.write(`racoonctl: ${error instanceof Error ? error.message : `${error}`}\n`);
    if (error instanceof WrongWords && error.explanation !== null) {
      process.stderr.write(`${error.explanation}\n`);
    }
    if (error instanceof UsageError) process.stderr.write(USAGE);
    return 1;
  }
}

async function run(command: RacoonctlCommand): Promise<number> {
  const [name = '', ...words] = command.words;
  const action = commandCalled(name);
  if (action === undefined) {
    process.stdout.write(`Invalid command [${name}]\n`);
    throw new WrongWords('kmpstat: Invalid argument', 'racoonctl --help tells all commands.');
  }
  // Words that make no sense are told before anybody is asked.
  const work = action(words, command);
  const racoon = await connected(command.socket);
  try {
    return await work(racoon);
  } catch (error) {
    if (!(error instanceof RacoonRefused)) throw error;
    process.stderr.write(`racoonctl: racoon says: ${error.message}\n`);
    return 1;
  } finally {
    racoon.close();
  }
}

async function connected(path: string): Promise<AdminClient> {
  try {
    return await AdminClient.connect(path);
  } catch (error) {
    throw new Error(
      `cannot connect to racoon admin socket ${path}: ${whyNot(error)} (is racoon running?)`,
      { cause: error },
    );
  }
}
