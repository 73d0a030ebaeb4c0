/**
 * `ipseal`: the umbrella command, a folder for each verb.
 *
 * @module
 */
import { Command, CommanderError } from 'commander';
import { UsageError } from '../getopt.ts';
import { version } from '../version.ts';
import { addApply } from './apply/command.ts';
import { addBoot } from './boot/command.ts';
import { addCapabilities } from './capabilities/command.ts';
import { addCheck } from './check/command.ts';
import { complain } from './complain.ts';
import { addDemo } from './demo/command.ts';
import { addDoctor } from './doctor/command.ts';
import { addExplain } from './explain/command.ts';
import { addFirewall } from './firewall/command.ts';
import { addIfcfg } from './ifcfg/command.ts';
import { addKeygen } from './keygen/command.ts';
import { addMirror } from './mirror/command.ts';
import { addStatus } from './status/command.ts';
import type { AddVerb } from './verb.ts';
import { addWatch } from './watch/command.ts';

/** In the order of `--help`. */
const VERBS: readonly AddVerb[] = [
  addDemo,
  addKeygen,
  addMirror,
  addCheck,
  addApply,
  addExplain,
  addWatch,
  addFirewall,
  addBoot,
  addDoctor,
  addIfcfg,
  addStatus,
  addCapabilities,
];

/**
 * Runs the command; resolves with its exit status. 2: the command line makes no sense, where 1 may mean
 * that something was found.
 */
export async function main(words: readonly string[]): Promise<number> {
  let exitStatus = 0;
  const program = new Command('ipseal')
    .description('IPsec for Linux: see it, load it, know that it works')
    .version(`ipseal ${version()}`)
    .configureHelp({ subcommandTerm: (verb) => verb.name() })
    .enablePositionalOptions()
    .configureOutput({ outputError: (text) => complain(text.replace(/^error: /, '').trimEnd()) })
    .exitOverride();
  for (const addVerb of VERBS) {
    addVerb(program, (status) => {
      exitStatus = status;
    });
  }
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitStatus;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    complain(error instanceof Error ? error.message : String(error));
    return error instanceof UsageError ? 2 : 1;
  }
}
