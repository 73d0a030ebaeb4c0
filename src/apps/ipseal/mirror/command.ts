/**
 * `ipseal mirror`: the command line.
 *
 * @module
 */
import type { AddVerb } from '../verb.ts';
import type { MirrorOptions } from './mirror.ts';

/** Adds the verb to `ipseal`. */
export const addMirror: AddVerb = (program, end) => {
  program
    .command('mirror')
    .description("make the peer's setkey file from this host's, comments and layout kept")
    .argument(
      '<file>',
      'a setkey file, or a shell script that hands one to setkey; - to read it here',
    )
    .option(
      '--host <address>',
      'the peer, where the file is about others too: they are left out; again for another address',
      (address: string, before: readonly string[] = []) => [...before, address],
    )
    .option('--json', 'as one JSON object, with what could not be mirrored')
    .option('-o, --output <file>', 'into a file that only its owner may read')
    .option('--force', 'overwrite it')
    .action(async (file: string, options: MirrorOptions) => {
      const { mirrorFile } = await import('./mirror.ts');
      end(await mirrorFile(file, options));
    });
};
