/**
 * `ipseal ifcfg show` and `list`: the command line.
 *
 * @module
 */
import type { AddVerb } from '../verb.ts';
import type { ListOptions } from './list.ts';
import type { ShowOptions } from './show.ts';

/** Adds the verbs to `ipseal`. */
export const addIfcfg: AddVerb = (program, end) => {
  const ifcfg = program
    .command('ifcfg')
    .description("read the IPsec interfaces of Red Hat's network scripts");
  ifcfg
    .command('show')
    .description('tell what ifup-ipsec would do: statements of setkey, route, files of racoon')
    .argument('<interface>', 'ipsec0, ifcfg-ipsec0, or the path of the file')
    .option('--json', 'as one JSON object')
    .option('--setkey', 'the statements alone: with --show-keys, a file for setkey')
    .option('--show-keys', 'with their keys')
    .option('--rfc4868', '128 bits of ICV for hmac-sha256, and not the 96 of old setkey')
    .option('--scripts <directory>', 'where ifcfg-NAME and keys-NAME are')
    .option('--racoon <directory>', 'where racoon.conf is')
    .action(async (word: string, options: ShowOptions) => {
      const { show } = await import('./show.ts');
      end(await show(word, options));
    });
  ifcfg
    .command('list')
    .description('list the interfaces of TYPE=IPSEC, a name a line')
    .option('--json', 'as one JSON object a line')
    .option('--onboot', 'those alone that come up with the host')
    .option('--scripts <directory>', 'where ifcfg-NAME and keys-NAME are')
    .action(async (options: ListOptions) => {
      const { list } = await import('./list.ts');
      end(await list(options));
    });
};
