/**
 * `ipseal explain`: the command line.
 *
 * @module
 */
import { type AddVerb, BACKEND, CONTROL } from '../verb.ts';
import type { ExplainOptions } from './explain.ts';

/** Adds the verb to `ipseal`. */
export const addExplain: AddVerb = (program, end) => {
  program
    .command('explain')
    .description('tell what happens to a packet and to the reply: policy, SAs, octets on the wire')
    .argument('<source>', 'where it is from: an address or a name')
    .argument('<destination>', 'where it goes')
    .argument('[protocol]', 'tcp, udp, icmp, a number; any unless told')
    .argument('[ports]', 'PORT, SOURCE:DESTINATION, or a type of ICMP: echo-request, 3/4')
    .option('--policy <file>', 'policies, and of a setkey file the SAs: not the live ones', more)
    .option('--sad <file>', 'SAs for --policy: a setkey file, or what ip xfrm state printed', more)
    .option('--direction <way>', 'out, in or fwd: what this host is to the packet')
    .option('--mtu <octets>', 'of the link (default: that of the route, or 1500 with --policy)')
    .option('--length <octets>', 'show a packet of that length')
    .option('--json', 'as one JSON object')
    .addOption(BACKEND)
    .addOption(CONTROL)
    .action(async (...given) => {
      const [source, destination, protocol, ports, options] = given as ExplainArguments;
      const { explainFlow } = await import('./explain.ts');
      const words = { source, destination, protocol: protocol ?? null, ports: ports ?? null };
      end(await explainFlow(words, options));
    });
};

/** One more value of an option that may be given again. */
function more(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** What commander gives the action of `explain`. */
type ExplainArguments = [string, string, string | undefined, string | undefined, ExplainOptions];
