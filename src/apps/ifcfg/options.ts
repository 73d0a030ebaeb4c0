/**
 * The command lines of `ifup-ipsec` and `ifdown-ipsec`.
 *
 * @module
 */
import { type BackendChoice, backendChoice } from '../backend-choice.ts';
import { parseOptions, UsageError } from '../getopt.ts';
import { type Places, placesOf } from './places.ts';

export type IfcfgCommandName = 'ifup-ipsec' | 'ifdown-ipsec';

/** What to do. */
export interface IfcfgCommand {
  /** Names or paths of files; `null` is every interface that comes up with the host. */
  readonly interfaces: readonly string[] | null;
  readonly dryRun: boolean;
  readonly rfc4868: boolean;
  readonly places: Places;
  readonly backend: BackendChoice;
  readonly control: string | undefined;
}

export type IfcfgTask =
  | { readonly kind: 'help' | 'version' }
  | ({ readonly kind: 'run' } & IfcfgCommand);

const OPTIONS = `  --onboot         every interface of the directory that does not say ONBOOT=no
  --scripts DIR    where ifcfg-NAME and keys-NAME are (default: IPSEAL_SCRIPTS, else
                   /etc/sysconfig/network-scripts)
  --racoon DIR     where racoon.conf and psk.txt are (default: IPSEAL_RACOON, else /etc/racoon)
  --records DIR    where is remembered what is up (default: IPSEAL_RECORDS, else
                   /run/ipseal/ifcfg)
  --rfc4868        128 bits of ICV for hmac-sha256, as RFC 4868 says, and not the 96 of old setkey
  --backend auto|kernel|userspace
                   what to work on (default: IPSEAL_BACKEND, else auto: the kernel where it has
                   ESP and AH, else a running ipseald)
  --control PATH   the control socket of ipseald (default: IPSEAL_CONTROL, else
                   /run/ipseal/control.sock)
  --help, --version

NAME is that of a file ifcfg-NAME, or its path. Ends with status 0 when all was done, 1 when not,
2 when the command line makes no sense.
`;

export const USAGE: Readonly<Record<IfcfgCommandName, string>> = {
  'ifup-ipsec': `usage: ifup-ipsec [--dry-run] NAME
       ifup-ipsec [--dry-run] --onboot

Brings up an IPsec interface of Red Hat's network scripts: adds its SAs, its policies and its route
and, for IKE, writes the files of racoon and tells a racoon that runs to read them. Starts none.
Refuses files with keys that others than their owner may use.

  --dry-run        say what would be done, and do nothing
${OPTIONS}`,
  'ifdown-ipsec': `usage: ifdown-ipsec [--dry-run] NAME
       ifdown-ipsec [--dry-run] --onboot

Takes down an IPsec interface of Red Hat's network scripts: removes the SAs, policies and the route
that ifup-ipsec added, and the line of racoon.conf. From then on packets go in the clear.

  --dry-run        say what would be removed, and remove nothing
${OPTIONS}`,
};

/** Reads the words behind the command's name. Throws {@link UsageError}. */
export function parseCommand(words: readonly string[]): IfcfgTask {
  const { options, operands } = parseOptions(words, {
    letters: 'hV',
    long: {
      'dry-run': false,
      onboot: false,
      scripts: true,
      racoon: true,
      records: true,
      rfc4868: false,
      backend: true,
      control: true,
      help: false,
      version: false,
    },
  });
  const given = new Map(options.map(({ name, value }) => [name, value]));
  if (given.has('help') || given.has('h')) return { kind: 'help' };
  if (given.has('version') || given.has('V')) return { kind: 'version' };
  return {
    kind: 'run',
    interfaces: interfacesOf(operands, given.has('onboot')),
    dryRun: given.has('dry-run'),
    rfc4868: given.has('rfc4868'),
    places: placesOf({
      scripts: given.get('scripts'),
      racoon: given.get('racoon'),
      records: given.get('records'),
    }),
    backend: backendChoice(given.get('backend')),
    control: given.get('control') ?? undefined,
  };
}

/** `ifup` passes `boot` behind the name when the host starts. */
function interfacesOf(operands: readonly string[], onBoot: boolean): readonly string[] | null {
  const [name, more, ...rest] = operands;
  if (onBoot && name === undefined) return null;
  if (onBoot) throw new UsageError(`"${name}" and --onboot do not go together`);
  if (name === undefined) throw new UsageError('which interface? give a NAME, or --onboot');
  const surplus = more === 'boot' ? rest[0] : more;
  if (surplus !== undefined) throw new UsageError(`"${surplus}" is one word too many`);
  return [name];
}
