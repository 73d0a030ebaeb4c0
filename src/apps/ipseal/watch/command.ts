/**
 * `ipseal watch`, which reads its options itself, as tcpdump does: the command line.
 *
 * @module
 */
import type { AddVerb } from '../verb.ts';

/** Adds the verb to `ipseal`. */
export const addWatch: AddVerb = (program, end) => {
  program
    .command('watch')
    .description('print the packets of an interface or a capture file, with the options of tcpdump')
    .argument('[words...]', 'options and a filter: see ipseal watch --help')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (given: readonly string[]) => {
      const { watch } = await import('./watch.ts');
      end(await watch(given));
    });
};
