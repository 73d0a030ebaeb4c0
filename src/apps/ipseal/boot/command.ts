/**
 * `ipseal boot install`, `remove`, `status` and `load`: the command line.
 *
 * @module
 */
import { Option } from 'commander';
import { type AddVerb, BACKEND } from '../verb.ts';
import type { BootOptions } from './boot.ts';

const ROOT = new Option('--root <directory>', 'of another system than this').default('/');
const IFCFG = new Option(
  '--ifcfg',
  "instead: the interfaces of Red Hat's network scripts, by ifup-ipsec",
);

/** Adds the verbs to `ipseal`. */
export const addBoot: AddVerb = (program, end) => {
  const boot = program
    .command('boot')
    .description('have policies and SAs loaded before the network is up');
  boot
    .command('install')
    .description('check a setkey file, and have a copy of it loaded by systemd')
    .argument('[file]')
    .addOption(IFCFG)
    .addOption(ROOT)
    .addOption(BACKEND)
    .action(async (file: string | undefined, options: BootOptions) => {
      const { bootInstall } = await import('./boot.ts');
      end(bootInstall(file, options));
    });
  boot
    .command('remove')
    .description('take the copy and its unit away')
    .addOption(IFCFG)
    .addOption(ROOT)
    .action(async (options: BootOptions) => {
      const { bootRemove } = await import('./boot.ts');
      end(bootRemove(options));
    });
  boot
    .command('status')
    .description('tell what loads IPsec at boot, and what else does')
    .option('--json', 'as one JSON object')
    .addOption(ROOT)
    .action(async (options: BootOptions) => {
      const { bootStatus } = await import('./boot.ts');
      end(bootStatus(options));
    });
  boot
    .command('load')
    .description('load the copy now, policies first: what the unit runs')
    .addOption(ROOT)
    .addOption(BACKEND)
    .action(async (options: BootOptions) => {
      const { bootLoad } = await import('./boot.ts');
      end(await bootLoad(options));
    });
};
