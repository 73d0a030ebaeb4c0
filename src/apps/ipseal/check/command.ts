/**
 * `ipseal check`: the command line.
 *
 * @module
 */
import type { AddVerb } from '../verb.ts';
import type { CheckOptions } from './check.ts';

/** Adds the verb to `ipseal`. */
export const addCheck: AddVerb = (program, end) => {
  program
    .command('check')
    .description('look at configuration files for what is wrong, weak, or hardly what was meant')
    .argument(
      '[files...]',
      'setkey files, racoon.conf, psk.txt, ifcfg and keys files; - is standard input',
    )
    .option('--peer', 'two files: do they mirror each other?')
    .option('--list', 'tell all codes, and what each means')
    .option('--strict', 'exit with 1 for warnings, too')
    .option('--ignore <codes>', 'leave these out, with commas between them')
    .option('--fix', 'make the changes that leave the protection of packets as it is')
    .option('--fix-also <codes>', 'and those offered under these codes')
    .option('--json', 'as one JSON object')
    .option('--sarif', 'as a SARIF 2.1.0 log')
    .option('-k, --kernel-mode', 'read the files as setkey -k does: without forward twins')
    .option('--rfc4868', 'read hmac-sha256 as setkey --rfc4868 does: 128 bits of ICV')
    .action(async (files: readonly string[], options: CheckOptions) => {
      const { check } = await import('./check.ts');
      end(await check(files, options));
    });
};
