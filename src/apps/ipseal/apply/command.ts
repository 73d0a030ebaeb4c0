/**
 * `ipseal diff`, `apply`, `confirm` and `panic`: the command line.
 *
 * @module
 */
import { Option } from 'commander';
import { type AddVerb, ALLOW_LOCK_OUT, BACKEND, CONTROL, SESSION } from '../verb.ts';
import type { ConfirmOptions } from './confirm.ts';
import type { DiffOptions } from './diff.ts';
import type { PanicOptions } from './panic.ts';
import type { ApplyVerbOptions } from './verb.ts';

/** Adds the verbs to `ipseal`. */
export const addApply: AddVerb = (program, end) => {
  program
    .command('diff')
    .description('tell what applying setkey files would change of what is in force')
    .argument('<files...>')
    .option('--adopt', 'as apply --adopt')
    .option('--rfc4868', 'hmac-sha256 has an ICV of 128 bits, not the 96 of old setkey')
    .option('--json', 'as one JSON object')
    .addHelpText('after', '\nExit status: 0 nothing would change, 1 something would, 2 trouble.')
    .addOption(BACKEND)
    .addOption(CONTROL)
    .action(async (files: readonly string[], options: DiffOptions) => {
      const { diff } = await import('./diff.ts');
      end(await diff(files, options));
    });
  program
    .command('apply')
    .description('put in force what setkey files say, touching nothing that is the same')
    .argument('[files...]')
    .option(
      '--confirm <time>',
      'take it back by itself unless "ipseal confirm" comes in time (60s)',
    )
    .option('--rollback', 'take back at once what awaits confirmation')
    .option('--adopt', 'take over what others put there under names that the files have')
    .addOption(SESSION)
    .addOption(ALLOW_LOCK_OUT)
    .option('--rfc4868', 'hmac-sha256 has an ICV of 128 bits, not the 96 of old setkey')
    .option('--json', 'as one JSON object')
    .addOption(new Option('--guard <start>').hideHelp())
    .addOption(BACKEND)
    .addOption(CONTROL)
    .action(async (files: readonly string[], options: ApplyVerbOptions) => {
      const { applyVerb } = await import('./verb.ts');
      end(await applyVerb(files, options));
    });
  program
    .command('confirm')
    .description('keep what "ipseal apply --confirm" changed')
    .option('--status', 'only tell what awaits confirmation (exit status 1: something does)')
    .option('--json', 'the status as one JSON object')
    .addOption(BACKEND)
    .addOption(CONTROL)
    .action(async (options: ConfirmOptions) => {
      const { confirm } = await import('./confirm.ts');
      end(await confirm(options));
    });
  program
    .command('panic')
    .description('remove all SAs and policies, whoever put them there: packets go in the clear')
    .option('--restore', 'bring back what was removed')
    .addOption(BACKEND)
    .addOption(CONTROL)
    .action(async (options: PanicOptions) => {
      const { panic } = await import('./panic.ts');
      end(await panic(options));
    });
};
