/**
 * The command line of `setkey`: the original's letters, and long options of ours.
 *
 * @module
 */

import { type BackendChoice, backendChoice } from '../backend-choice.ts';
import { parseOptions, UsageError } from '../getopt.ts';

/** What to do. */
export type Task =
  | { readonly kind: 'run'; readonly files: readonly string[] }
  | { readonly kind: 'dump-sad' }
  | { readonly kind: 'dump-spd' }
  /** The short table, again and again. */
  | { readonly kind: 'watch-sad' }
  /** Events as they happen, with the time of day, or with seconds since the epoch. */
  | { readonly kind: 'monitor'; readonly time: 'day' | 'epoch' }
  | { readonly kind: 'flush-sad' }
  | { readonly kind: 'flush-spd' }
  | { readonly kind: 'help'; readonly status: number }
  | { readonly kind: 'version'; readonly status: number };

export interface SetkeyCommand {
  readonly task: Task;
  /** `-n`: read and check, change nothing. */
  readonly checkOnly: boolean;
  /** `-k`: no `fwd` twins of `in` policies. */
  readonly kernelMode: boolean;
  /** `-p` */
  readonly ports: boolean;
  /** `-v` */
  readonly verbose: boolean;
  /** `-a`: SAs past their hard lifetime, too. */
  readonly deadToo: boolean;
  /** `-H`: the octets of messages, too. */
  readonly hexDump: boolean;
  readonly rfc4868: boolean;
  /** `--keep-going`: every statement is a commit of its own, and a refused one ends nothing. */
  readonly keepGoing: boolean;
  /** `--json`: dumps are an object a line. */
  readonly json: boolean;
  /** `--show-keys`: and have the keys in them. */
  readonly showKeys: boolean;
  readonly backend: BackendChoice;
  readonly control: string | undefined;
}

export const USAGE = `usage: setkey [-nkrv] file ...
       setkey [-nkrv] -c
       setkey [-nkrv] -f file
       setkey [-aHlPpv] -D
       setkey [-Pv] -F
       setkey [-H] -x
       setkey -h | -V

  -f FILE  carry out the statements of FILE ("-" is standard input): all of them or, if one is
           wrong, none
  -c       carry out the statements of standard input; on a terminal each when its ";" is typed
  -D       print the SAD; with -P the SPD
  -F       remove all SAs; with -P all policies
  -x       print what happens to SAs and policies until interrupted, as messages of PF_KEY; -xx
           prints times in seconds since the epoch
  -n       read and check only
  -k       no forward policies besides the inbound ones (-r, the default, makes them)
  -p       print ports
  -v       say what is done
  -a       print dead SAs too, where there are any
  -l       with -D: a line for each SA, again every second
  -H       with -x, -D or -DP: the octets of messages, in hexadecimal digits
  --keep-going
           carry out every statement by itself: say which are refused, and go on
  --json   dumps and events as JSON, an object a line, without keys; dumps have them with
           --show-keys
  --backend auto|kernel|userspace
           what to work on (default: IPSEAL_BACKEND, else auto: the kernel where it has ESP and AH,
           else a running ipseald)
  --control PATH
           the control socket of ipseald (default: IPSEAL_CONTROL, else /run/ipseal/control.sock)
  --rfc4868
           128 bits of ICV for hmac-sha256, as RFC 4868 says, and not the 96 of old setkey
  --help, --version
`;

/** Reads the words after the command's name. Throws `UsageError`. */
export function parseCommand(words: readonly string[]): SetkeyCommand {
  const { options, operands } = parseOptions(words, {
    letters: 'acDFPf:hHklnprvVx?',
    long: {
      backend: true,
      control: true,
      rfc4868: false,
      'keep-going': false,
      json: false,
      'show-keys': false,
      help: false,
      version: false,
    },
  });
  const given = new Map(options.map(({ name, value }) => [name, value]));
  if (given.has('show-keys') && !given.has('json')) {
    throw new UsageError('--show-keys goes with --json: dumps without it always have the keys');
  }
  const task = given.has('l')
    ? watching(taskOf(options, operands, given.has('P')), given.has('json'))
    : taskOf(options, operands, given.has('P'));
  if (given.has('H')) refuseHexDump(task, given.has('json'));
  // Help does not depend on a word in the environment being right.
  const informs = task.kind === 'help' || task.kind === 'version';
  return {
    task,
    checkOnly: given.has('n'),
    kernelMode: options.findLast(({ name }) => name === 'k' || name === 'r')?.name === 'k',
    ports: given.has('p'),
    verbose: given.has('v'),
    deadToo: given.has('a'),
    hexDump: given.has('H'),
    rfc4868: given.has('rfc4868'),
    keepGoing: given.has('keep-going'),
    json: given.has('json'),
    showKeys: given.has('show-keys'),
    backend: informs ? 'auto' : backendChoice(given.get('backend')),
    control: given.get('control') ?? undefined,
  };
}

/** What `-l` makes of a task. Throws `UsageError`. */
function watching(task: Task, json: boolean): Task {
  if (task.kind === 'help' || task.kind === 'version') return task;
  if (task.kind !== 'dump-sad') throw new UsageError('-l goes with -D, and without -P');
  if (json) throw new UsageError('-l prints a table, and none as JSON');
  return { kind: 'watch-sad' };
}

/** Throws a `UsageError` where there are no octets to print. */
function refuseHexDump({ kind }: Task, json: boolean): void {
  if (kind === 'help' || kind === 'version') return;
  if (kind !== 'monitor' && kind !== 'dump-sad' && kind !== 'dump-spd') {
    throw new UsageError('-H goes with -x, -D and -DP');
  }
  if (json) throw new UsageError('-H prints octets, and JSON has none');
}

/** As in the original the last of several tasks counts, and asking for help ends with status 1. */
function taskOf(
  options: readonly { readonly name: string; readonly value: string | null }[],
  operands: readonly string[],
  policies: boolean,
): Task {
  const time = options.filter(({ name }) => name === 'x').length > 1 ? 'epoch' : 'day';
  let task: Task | undefined;
  for (const { name, value } of options) {
    if (name === 'help' || name === 'h' || name === '?') {
      return { kind: 'help', status: name === 'help' ? 0 : 1 };
    }
    if (name === 'version' || name === 'V') {
      return { kind: 'version', status: name === 'version' ? 0 : 1 };
    }
    if (name === 'f') task = { kind: 'run', files: [value ?? '-'] };
    if (name === 'c') task = { kind: 'run', files: ['-'] };
    if (name === 'D') task = { kind: policies ? 'dump-spd' : 'dump-sad' };
    if (name === 'x') task = { kind: 'monitor', time };
    if (name === 'F') task = { kind: policies ? 'flush-spd' : 'flush-sad' };
  }
  if (operands.length > 0) {
    if (task === undefined) return { kind: 'run', files: operands };
    // "-f FILE more files" carries out all of them.
    if (task.kind === 'run') return { kind: 'run', files: [...task.files, ...operands] };
    throw new UsageError(`"${operands[0]}" is one word too many`);
  }
  if (task === undefined) throw new UsageError('nothing to do: give a file, or -c, -D, -F or -x');
  return task;
}
