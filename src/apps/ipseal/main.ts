/**
 * `ipseal`: the umbrella command, a file for each verb, loaded when it is asked for.
 *
 * @module
 */
import { Command, CommanderError, Option } from 'commander';
import { UsageError } from '../getopt.ts';
import { version } from '../version.ts';
import type { ConfirmOptions } from './apply/confirm.ts';
import type { DiffOptions } from './apply/diff.ts';
import type { PanicOptions } from './apply/panic.ts';
import type { ApplyVerbOptions } from './apply/verb.ts';
import type { BootOptions } from './boot/boot.ts';
import type { CapabilitiesOptions } from './capabilities.ts';
import type { CheckOptions } from './check/check.ts';
import type { DemoOptions } from './demo/demo.ts';
import type { DoctorOptions } from './doctor/doctor.ts';
import type { ExplainOptions } from './explain/explain.ts';
import type { FirewallOptions } from './firewall/firewall.ts';
import type { ListOptions } from './ifcfg/list.ts';
import type { ShowOptions } from './ifcfg/show.ts';
import type { KeygenOptions } from './keygen/keygen.ts';
import type { PairOptions } from './keygen/pair.ts';
import type { MirrorOptions } from './mirror/mirror.ts';
import type { StatusOptions } from './status/status.ts';

/** Runs the command; resolves with its exit status. */
export async function main(words: readonly string[]): Promise<number> {
  let exitStatus = 0;
  const program = new Command('ipseal')
    .description('IPsec for Linux: see it, load it, know that it works')
    .version(`ipseal ${version()}`)
    .enablePositionalOptions()
    .exitOverride();
  program
    .command('demo')
    .description('show two hosts going from plaintext to IPsec, and an attacker turned away')
    .option('--config <files...>', 'the setkey files of alice (10.9.0.1) and bob (10.9.0.2)')
    .option('--keep', 'leave the hosts up until Ctrl-C')
    .option('--in-process', 'do without network namespaces')
    .action(async (options: DemoOptions) => {
      if (options.config !== undefined && options.config.length !== 2) {
        throw new Error("--config takes two files: alice's and bob's");
      }
      const { demo } = await import('./demo/demo.ts');
      exitStatus = await demo(options);
    });
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
      const { keygen } = await import('./keygen/keygen.ts');
      exitStatus = await keygen(algorithms, options);
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
      const { keygenPair } = await import('./keygen/pair.ts');
      exitStatus = await keygenPair(a, b, options);
    });
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
      const { mirrorFile } = await import('./mirror/mirror.ts');
      exitStatus = await mirrorFile(file, options);
    });
  program
    .command('status')
    .description('tell what is in force, what each SA carried, and what was discarded and why')
    .option('--json', 'as one JSON object a line')
    .option('--watch [seconds]', 'again and again, every 2 seconds unless told, with rates')
    .addOption(new Option('--backend <backend>', 'auto, kernel or userspace'))
    .option('--control <path>', 'the control socket of ipseald')
    .action(async (options: StatusOptions) => {
      const { status } = await import('./status/status.ts');
      exitStatus = await status(options);
    });
  program
    .command('capabilities')
    .description('tell which protocols and algorithms this kernel or the running ipseald has')
    .option('--json', 'as one JSON object')
    .addOption(new Option('--backend <backend>', 'auto, kernel or userspace'))
    .option('--control <path>', 'the control socket of ipseald')
    .action(async (options: CapabilitiesOptions) => {
      const { capabilities } = await import('./capabilities.ts');
      exitStatus = await capabilities(options);
    });
  withTables(
    program
      .command('diff')
      .description('tell what applying setkey files would change of what is in force')
      .argument('<files...>'),
  )
    .option('--adopt', 'as apply --adopt')
    .option('--rfc4868', 'hmac-sha256 has an ICV of 128 bits, not the 96 of old setkey')
    .option('--json', 'as one JSON object')
    .addHelpText('after', '\nExit status: 0 nothing would change, 1 something would, 2 trouble.')
    .action(async (files: readonly string[], options: DiffOptions) => {
      const { diff } = await import('./apply/diff.ts');
      exitStatus = await diff(files, options);
    });
  withTables(
    program
      .command('apply')
      .description('put in force what setkey files say, touching nothing that is the same')
      .argument('[files...]'),
  )
    .option(
      '--confirm <time>',
      'take it back by itself unless "ipseal confirm" comes in time (60s)',
    )
    .option('--rollback', 'take back at once what awaits confirmation')
    .option('--adopt', 'take over what others put there under names that the files have')
    .option('--session <flow>', 'do not cut SRC,PORT,DST,PORT (default: the SSH connection)')
    .option('--allow-lock-out', 'cut it nevertheless')
    .option('--rfc4868', 'hmac-sha256 has an ICV of 128 bits, not the 96 of old setkey')
    .option('--json', 'as one JSON object')
    .addOption(new Option('--guard <start>').hideHelp())
    .action(async (files: readonly string[], options: ApplyVerbOptions) => {
      const { applyVerb } = await import('./apply/verb.ts');
      exitStatus = await applyVerb(files, options);
    });
  withTables(program.command('confirm').description('keep what "ipseal apply --confirm" changed'))
    .option('--status', 'only tell what awaits confirmation (exit status 1: something does)')
    .option('--json', 'the status as one JSON object')
    .action(async (options: ConfirmOptions) => {
      const { confirm } = await import('./apply/confirm.ts');
      exitStatus = await confirm(options);
    });
  withTables(
    program
      .command('panic')
      .description('remove all SAs and policies, whoever put them there: packets go in the clear'),
  )
    .option('--restore', 'bring back what was removed')
    .action(async (options: PanicOptions) => {
      const { panic } = await import('./apply/panic.ts');
      exitStatus = await panic(options);
    });
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
    .addOption(new Option('--backend <backend>', 'auto, kernel or userspace'))
    .option('--control <path>', 'the control socket of ipseald')
    .action(async (...given) => {
      const [source, destination, protocol, ports, options] = given as ExplainArguments;
      const { explainFlow } = await import('./explain/explain.ts');
      const words = { source, destination, protocol: protocol ?? null, ports: ports ?? null };
      exitStatus = await explainFlow(words, options);
    });
  program
    .command('check')
    .description('look at configuration files for what is wrong, weak, or hardly what was meant')
    .argument('[files...]', 'setkey files, racoon.conf, psk.txt; - is standard input')
    .option('--peer', 'two files: do they mirror each other?')
    .option('--list', 'tell all codes, and what each means')
    .option('--strict', 'exit with 1 for warnings, too')
    .option('--ignore <codes>', 'leave these out, with commas between them')
    .option('--fix', 'make the changes that leave the protection of packets as it is')
    .option('--fix-also <codes>', 'and those offered under these codes')
    .option('--json', 'as one JSON object')
    .option('--sarif', 'as a SARIF 2.1.0 log')
    .option('-k, --kernel-mode', 'read the files as setkey -k does: without forward twins')
    .option('--rfc4868', 'read hmac-sha256 as setkey --rfc4868 does: 128 bits of ICV')
    .exitOverride(usageErrorOf)
    .action(async (files: readonly string[], options: CheckOptions) => {
      const { check } = await import('./check/check.ts');
      exitStatus = await check(files, options);
    });
  program
    .command('doctor')
    .description(
      'tell what this machine can do, and what interferes with IPsec, and how to mend it',
    )
    .option('--json', 'as one JSON object')
    .addOption(new Option('--backend <backend>', 'auto, kernel or userspace'))
    .option('--control <path>', 'the control socket of ipseald')
    .action(async (options: DoctorOptions) => {
      const { doctor } = await import('./doctor/doctor.ts');
      exitStatus = await doctor(options);
    });
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
    .addOption(new Option('--backend <backend>', 'auto (both), kernel or userspace'))
    .action(async (options: FirewallOptions) => {
      const { firewall } = await import('./firewall/firewall.ts');
      exitStatus = await firewall(options);
    });
  const boot = program
    .command('boot')
    .description('have policies and SAs loaded before the network is up');
  const root = () => new Option('--root <directory>', 'of another system than this').default('/');
  const backend = () => new Option('--backend <backend>', 'auto, kernel or userspace');
  boot
    .command('install')
    .description('check a setkey file, and have a copy of it loaded by systemd')
    .argument('<file>')
    .addOption(root())
    .addOption(backend())
    .action(async (file: string, options: BootOptions) => {
      const { bootInstall } = await import('./boot/boot.ts');
      exitStatus = bootInstall(file, options);
    });
  boot
    .command('remove')
    .description('take the copy and the units away')
    .addOption(root())
    .action(async (options: BootOptions) => {
      const { bootRemove } = await import('./boot/boot.ts');
      exitStatus = bootRemove(options);
    });
  boot
    .command('status')
    .description('tell what loads IPsec at boot, and what else does')
    .option('--json', 'as one JSON object')
    .addOption(root())
    .action(async (options: BootOptions) => {
      const { bootStatus } = await import('./boot/boot.ts');
      exitStatus = bootStatus(options);
    });
  boot
    .command('load')
    .description('load the copy now, policies first: what the unit runs')
    .addOption(root())
    .addOption(backend())
    .action(async (options: BootOptions) => {
      const { bootLoad } = await import('./boot/boot.ts');
      exitStatus = await bootLoad(options);
    });
  program
    .command('watch')
    .description('print the packets of an interface or a capture file, with the options of tcpdump')
    .argument('[words...]', 'options and a filter: see ipseal watch --help')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (given: readonly string[]) => {
      const { watch } = await import('./watch/watch.ts');
      exitStatus = await watch(given);
    });
  const ifcfg = program
    .command('ifcfg')
    .description("read the IPsec interfaces of Red Hat's network scripts");
  ifcfg
    .command('show')
    .description('tell what ifup-ipsec would do: statements of setkey, route, files of racoon')
    .argument('<interface>', 'ipsec0, ifcfg-ipsec0, or the path of the file')
    .option('--json', 'as one JSON object')
    .option('--setkey', 'the statements alone, as a file for setkey')
    .option('--show-keys', 'with their keys')
    .option('--rfc4868', '128 bits of ICV for hmac-sha256, and not the 96 of old setkey')
    .option('--scripts <directory>', 'where ifcfg-NAME and keys-NAME are')
    .option('--racoon <directory>', 'where racoon.conf is')
    .action(async (word: string, options: ShowOptions) => {
      const { show } = await import('./ifcfg/show.ts');
      exitStatus = await show(word, options);
    });
  ifcfg
    .command('list')
    .description('list the interfaces of TYPE=IPSEC, a name a line')
    .option('--json', 'as one JSON object a line')
    .option('--onboot', 'those alone that come up with the host')
    .option('--scripts <directory>', 'where ifcfg-NAME and keys-NAME are')
    .action(async (options: ListOptions) => {
      const { list } = await import('./ifcfg/list.ts');
      exitStatus = await list(options);
    });
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitStatus;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    process.stderr.write(`ipseal: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** One more value of an option that may be given again. */
function more(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** What commander gives the action of `explain`. */
type ExplainArguments = [string, string, string | undefined, string | undefined, ExplainOptions];

/** A command line that makes no sense ends with status 2, where 1 means that something was found. */
function usageErrorOf({ exitCode, code, message }: CommanderError): never {
  throw new CommanderError(exitCode === 0 ? 0 : 2, code, message);
}

/** The options that say which tables a verb is about. */
function withTables(command: Command): Command {
  return command
    .addOption(new Option('--backend <backend>', 'auto, kernel or userspace'))
    .option('--control <path>', 'the control socket of ipseald');
}
