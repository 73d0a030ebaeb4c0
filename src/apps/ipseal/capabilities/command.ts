/**
 * `ipseal capabilities`: the command line.
 *
 * @module
 */
import { type AddVerb, BACKEND, CONTROL } from '../verb.ts';
import type { CapabilitiesOptions } from './capabilities.ts';

/** Adds the verb to `ipseal`. */
export const addCapabilities: AddVerb = (program, end) => {
  program
    .command('capabilities')
    .description('tell which protocols and algorithms this kernel or the running ipseald has')
    .option('--json', 'as one JSON object')
    .addOption(BACKEND)
    .addOption(CONTROL)
    .action(async (options: CapabilitiesOptions) => {
      const { capabilities } = await import('./capabilities.ts');
      end(await capabilities(options));
    });
};
