/**
 * `ipseal demo`: the command line.
 *
 * @module
 */
import { UsageError } from '../../getopt.ts';
import type { AddVerb } from '../verb.ts';
import type { DemoOptions } from './demo.ts';

/** Adds the verb to `ipseal`. */
export const addDemo: AddVerb = (program, end) => {
  program
    .command('demo')
    .description('show two hosts going from plaintext to IPsec, and an attacker turned away')
    .option('--config <files...>', 'the setkey files of alice (10.9.0.1) and bob (10.9.0.2)')
    .option('--keep', 'leave the hosts up until Ctrl-C')
    .option('--in-process', 'do without network namespaces')
    .action(async (options: DemoOptions) => {
      if (options.config !== undefined && options.config.length !== 2) {
        throw new UsageError("--config takes two files: alice's and bob's");
      }
      const { demo } = await import('./demo.ts');
      end(await demo(options));
    });
};
