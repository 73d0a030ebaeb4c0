/**
 * The command line of `racoon`: the original's letters, and long options of ours.
 *
 * @module
 */
import { IKE_PORT, NAT_TRAVERSAL_PORT } from '../../ipsec/exemption.ts';
import { type BackendChoice, backendChoice } from '../backend-choice.ts';
import { parseOptions, UsageError } from '../getopt.ts';

/** Where packages of the original have it. */
const DEFAULT_FILE = '/etc/racoon/racoon.conf';

export const USAGE = `usage: racoon [-46dFLvCh] [-f FILE] [-l FILE] [-p PORT] [-P PORT]
       racoon -V | --help | --version

Negotiates keys with peers (IKEv1), as a racoon.conf says, for the policies that are in force.

  -f FILE  the configuration (default: ${DEFAULT_FILE})
  -F       stay in the foreground, and log to standard error
  -l FILE  log to the end of FILE, too; without -l and -F it is syslog's
  -d       log more than the file says: one level more for each -d
  -C       log what was read of each remote, with all that it inherits
  -p 500, -P 4500
           the ports of ISAKMP; others are named by listen { } in the configuration
  -V       the version, and what is built in
  -4, -6, -L, -v
           are accepted, and change nothing
  -B, -Z   were for what is not here: SAs of an earlier run, tests of the original
  --backend auto|kernel|userspace
           where SAs and policies are (default: IPSEAL_BACKEND, else auto: the kernel where it has
           ESP and AH, else a running ipseald)
  --control PATH
           the control socket of ipseald (default: IPSEAL_CONTROL, else /run/ipseal/control.sock)
  --help, --version

Without -F it goes to the background once the configuration is read and its ports are open; what
keeps it from that is told on standard error, and the exit status is 1.
`;

/** What `racoon` is started with. */
export interface RacoonSettings {
  readonly file: string;
  readonly foreground: boolean;
  /** Where to log, beside standard error in the foreground; `null` is syslog in the background. */
  readonly logFile: string | null;
  /** How many levels more than the configuration says are logged. */
  readonly moreLevels: number;
  readonly dumpsRemotes: boolean;
  readonly backend: BackendChoice;
  readonly control: string | undefined;
}

export type Task =
  | { readonly kind: 'help' }
  /** `--version`, or what `-V` prints. */
  | { readonly kind: 'version'; readonly features: boolean }
  | ({ readonly kind: 'serve' } & RacoonSettings);

/** Reads the words of the command line. Throws {@link UsageError}. */
export function parseCommand(words: readonly string[]): Task {
  const { options, operands } = parseOptions(words, {
    letters: '46BdFLvVCZhf:l:p:P:',
    long: { help: false, version: false, backend: true, control: true },
  });
  const given = new Map(options.map(({ name, value }) => [name, value]));
  if (given.has('help') || given.has('h')) return { kind: 'help' };
  if (given.has('version')) return { kind: 'version', features: false };
  if (given.has('V')) return { kind: 'version', features: true };
  if (operands.length > 0) throw new UsageError(`there are no operands: "${operands[0]}"`);
  if (given.has('B')) throw new UsageError('-B is left out here: SAs are not kept over a restart');
  if (given.has('Z')) throw new UsageError('-Z is left out here: it was a test of the original');
  refuseOtherPort('-p', given.get('p'), IKE_PORT);
  refuseOtherPort('-P', given.get('P'), NAT_TRAVERSAL_PORT);
  return {
    kind: 'serve',
    file: given.get('f') ?? DEFAULT_FILE,
    foreground: given.has('F'),
    logFile: given.get('l') ?? null,
    moreLevels: options.filter(({ name }) => name === 'd').length,
    dumpsRemotes: given.has('C'),
    backend: backendChoice(given.get('backend')),
    control: given.get('control') ?? undefined,
  };
}

/** Throws for a port that only the configuration can change. */
function refuseOtherPort(option: string, text: string | null | undefined, usual: number): void {
  if (text === null || text === undefined || Number(text) === usual) return;
  throw new UsageError(
    `${option} ${text} is left out here: write listen { isakmp ADDRESS [PORT]; } into the configuration`,
  );
}
