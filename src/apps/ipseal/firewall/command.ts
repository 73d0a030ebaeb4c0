/**
 * `ipseal firewall`: the command line.
 *
 * @module
 */
import { Option } from 'commander';
import { type AddVerb, ALLOW_LOCK_OUT, CONTROL, SESSION } from '../verb.ts';
import type { FirewallOptions } from './firewall.ts';

/** Adds the verb to `ipseal`. */
export const addFirewall: AddVerb = (program, end) => {
  program
    .command('firewall')
    .description('make rules for the packet filter that let services be reached only through IPsec')
    .option(
      '--require <words...>',
      'SERVICE [from PREFIX...]: what must come protected, as tcp/5901 from 10.9.0.0/24',
    )
    .option('--from <files...>', 'what the inbound policies of setkey files protect')
    .option('--apply', 'put the rules in force, as the nftables table inet ipseal_firewall')
    .option('--remove', 'take that table away')
    .option('--status', 'tell whether it is there, and what it dropped')
    .option('--iptables', 'print them for iptables-restore --noflush')
    .option('--ip6tables', 'print them for ip6tables-restore --noflush')
    .option('--json', 'print them for nft -j -f -')
    .addOption(SESSION)
    .addOption(ALLOW_LOCK_OUT)
    .addOption(new Option('--backend <backend>', 'auto (both), kernel or userspace'))
    .addOption(CONTROL)
    .action(async (options: FirewallOptions) => {
      const { firewall } = await import('./firewall.ts');
      end(await firewall(options));
    });
};
