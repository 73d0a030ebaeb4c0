/**
 * `ipseal keygen` and `ipseal keygen pair`: the command line.
 *
 * @module
 */
import type { AddVerb } from '../verb.ts';
import type { KeygenOptions } from './keygen.ts';
import type { PairOptions } from './pair.ts';

/** Adds the verbs to `ipseal`. */
export const addKeygen: AddVerb = (program, end) => {
  const keygen = program
    .command('keygen')
    .description('make keys: of these algorithms, aes-cbc and hmac-sha256 unless told')
    .argument('[algorithms...]', 'as setkey names them')
    .enablePositionalOptions()
    .option('--bits <n>', 'how long, where there is a choice; the longest unless told')
    .option('--format <format>', 'hex, setkey, ifcfg, or psk: a secret for IKE', 'hex')
    .option('--json', 'as one JSON object')
    .option('-o, --output <file>', 'into a file that only its owner may read')
    .option('--force', 'overwrite it')
    .action(async (algorithms: readonly string[], options: KeygenOptions) => {
      const { keygen } = await import('./keygen.ts');
      end(await keygen(algorithms, options));
    });
  keygen
    .command('pair')
    .description('make the setkey files of two hosts that protect all that goes between them')
    .argument('<a>', 'one host: 10.9.0.1, or alice=10.9.0.1')
    .argument('<b>', 'the other')
    .option('--suite <suite>', 'modern, classic, or algorithms: aes-cbc,hmac-sha512', 'modern')
    .option('--mode <mode>', 'transport or tunnel; tunnel where there are networks')
    .option('--net-a <prefix>', 'the network behind the one host')
    .option('--net-b <prefix>', 'the network behind the other')
    .option('--udp', 'ESP in UDP, port 4500')
    .option('--json', 'tell the files as one JSON object')
    .option('-o, --output <directory>', 'where to write the files', '.')
    .option('--force', 'overwrite them')
    .action(async (a: string, b: string, options: PairOptions) => {
      const { keygenPair } = await import('./pair.ts');
      end(await keygenPair(a, b, options));
    });
};
