/**
 * `racoon`: negotiates keys, by the original's flags and files.
 *
 * @module
 */
import { executeAgain, narrowBoundingSet } from '../../io/machine/capabilities.ts';
import { effectiveCapabilities } from '../../io/machine/privileges.ts';
import { UsageError } from '../getopt.ts';
import { version } from '../version.ts';
import { IN_BACKGROUND, startInBackground, tellFailure, tellReady } from './background.ts';
import { neededCapabilities } from './confinement.ts';
import { Log } from './log.ts';
import { parseCommand, type RacoonSettings, USAGE } from './options.ts';
import { readConfiguration } from './read-configuration.ts';
import { ConfigurationWrong, serve } from './service.ts';

const FEATURES = `Compiled in:
  IKEv1: main, aggressive and base mode, quick mode, mode config, XAuth
  NAT traversal (RFC 3947), fragmentation, dead peer detection (RFC 3706)
  admin socket, hook scripts
`;

/** Runs the command; resolves with its exit status. */
export async function main(words: readonly string[]): Promise<number> {
  const isChild = words[0] === IN_BACKGROUND;
  const own = isChild ? words.slice(1) : words;
  try {
    const task = parseCommand(own);
    switch (task.kind) {
      case 'help':
        process.stdout.write(USAGE);
        return 0;
      case 'version':
        process.stdout.write(`racoon (ipseal) ${version()}\n${task.features ? FEATURES : ''}`);
        return 0;
      case 'serve':
        return await run(task, own, isChild);
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (isChild) tellFailure(message);
    else process.stderr.write(`racoon: ${message}\n`);
    if (error instanceof UsageError) process.stderr.write(USAGE);
    return 1;
  }
}

async function run(
  settings: RacoonSettings,
  words: readonly string[],
  isChild: boolean,
): Promise<number> {
  if (!effectiveCapabilities().has('CAP_NET_ADMIN')) {
    throw new Error('must be root to invoke this program.');
  }
  if (settings.foreground) {
    giveUpPrivileges(settings, (script) => executeAgain(script, words));
    process.stdout.write('Foreground mode.\n');
  } else if (!isChild) {
    checkConfiguration(settings);
    giveUpPrivileges(settings, () => undefined);
    await startInBackground(words);
    return 0;
  }
  const { startIke } = await import('./start-ike.ts');
  const log = new Log({ foreground: settings.foreground, file: settings.logFile });
  await serve(settings, log, startIke, () => {
    if (isChild) tellReady();
  }).catch((error: unknown) => {
    // Who started it in the background hears nothing but the end.
    if (!settings.foreground) log.error(error instanceof Error ? error.message : `${error}`);
    throw error;
  });
  return 0;
}

/** Tells on standard error what is wrong with the files. Throws where anything is. */
function checkConfiguration({ file }: RacoonSettings): void {
  const read = readConfiguration(file, (severity, text) => {
    // Warnings are the log's.
    if (severity === 'error') process.stderr.write(`${text}\n`);
  });
  if (!read.ok) throw new ConfigurationWrong();
}

/**
 * Narrows what this process and its children can ever do, and then does `next`, if that was still to be
 * done. A configuration that is wrong says nothing of it: who reads it next tells.
 */
function giveUpPrivileges(settings: RacoonSettings, next: (script: string) => void): void {
  if (process.geteuid?.() !== 0) return;
  const read = readConfiguration(settings.file, () => undefined);
  if (!read.ok) return;
  const needed = neededCapabilities(read.value.configuration);
  const script = process.argv[1];
  if (narrowBoundingSet(needed) && script !== undefined) next(script);
}
