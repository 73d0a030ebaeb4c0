/**
 * `ipseal status`: the command line.
 *
 * @module
 */
import { type AddVerb, BACKEND, CONTROL } from '../verb.ts';
import type { StatusOptions } from './status.ts';

/** Adds the verb to `ipseal`. */
export const addStatus: AddVerb = (program, end) => {
  program
    .command('status')
    .description('tell what is in force, what each SA carried, and what was discarded and why')
    .option('--json', 'as one JSON object a line')
    .option('--watch [seconds]', 'again and again, every 2 seconds unless told, with rates')
    .addOption(BACKEND)
    .addOption(CONTROL)
    .action(async (options: StatusOptions) => {
      const { status } = await import('./status.ts');
      end(await status(options));
    });
};
