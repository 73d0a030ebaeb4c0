/**
 * The command line of `ipseal watch`: tcpdump's letters, and long options of ours.
 *
 * @module
 */
import { parseOptions, UsageError } from '../../getopt.ts';
import type { KnowledgeSources } from './knowledge-sources.ts';

/** How the time of a packet is written: by how many `-t` were given. */
const TIME_STYLES = ['day', 'none', 'epoch', 'delta', 'date', 'since-first'] as const;
export type TimeStyle = (typeof TIME_STYLES)[number];

/** What of a packet's octets is printed. */
export interface HexDump {
  readonly digits: boolean;
  readonly characters: boolean;
  /** The link-layer header, too. */
  readonly link: boolean;
}

/** Where packets come from. */
export type SourceChoice =
  | { readonly kind: 'file'; readonly path: string }
  | {
      readonly kind: 'live';
      /** `null`: the first that is up. `any`: all of them. */
      readonly device: string | null;
      readonly promiscuous: boolean;
      readonly direction: Direction;
      readonly bufferKib: number;
    };

export type Direction = 'in' | 'out' | 'inout';

export interface WatchCommand {
  readonly task: 'watch' | 'list' | 'help' | 'version' | 'write-keys';
  readonly source: SourceChoice;
  /** The file that packets go to instead of being printed; `-` is standard output. */
  readonly write: string | null;
  /** After how many packets to stop; may be infinite. */
  readonly count: number;
  /** The octets kept of a packet. */
  readonly snapLength: number;
  /** An expression, empty for everything. */
  readonly filter: string;
  /** The file that the expression stands in. */
  readonly filterFile: string | null;
  readonly json: boolean;
  readonly time: TimeStyle;
  /** How many `-v`. */
  readonly verbosity: number;
  /** `-e`: the link-layer header, too. */
  readonly link: boolean;
  /** `-#`: number the packets. */
  readonly number: boolean;
  /** `null`: none. */
  readonly hexDump: HexDump | null;
  /** Keys and policies. */
  readonly knowledge: KnowledgeSources;
  /** Print only packets in the clear that should have been protected, and fail if there is one. */
  readonly leaks: boolean;
  readonly summary: boolean;
  readonly top: boolean;
  /** Where `--write-keys` writes to. */
  readonly keyFile: string;
}

export const USAGE = `usage: ipseal watch [-#AdefnpqtvxX] [-i INTERFACE] [-r FILE] [-w FILE] [-c COUNT]
                    [-s LENGTH] [-Q in|out|inout] [-B KIB] [-F FILE] [--json] [--top]
                    [--sad SOURCE]... [--policy SOURCE]... [--leaks] [--summary] [FILTER]
       ipseal watch --write-keys wireshark[=FILE] [--sad SOURCE]...
       ipseal watch -D | --help | --version

  -i INTERFACE  capture there; "any" is all interfaces (default: the first that is up)
  -r FILE       read the packets of a pcap or pcapng file; "-" is standard input
  -w FILE       write the packets there instead of printing them, as pcapng if the name ends in
                .pcapng, else as pcap; "-" is standard output
  -c COUNT      stop after so many packets
  -s LENGTH     keep no more of each packet (default: all; 0 is all)
  -Q in|out|inout
                only what arrives, or what leaves (default: inout)
  -B KIB        size of the kernel's buffer (default: 32768)
  -p            do not put the interface into promiscuous mode
  -F FILE       read the filter from FILE
  -v            say more: the IP header, checksums; -vv IKE payloads' contents
  -e            print the link-layer header
  -x, -X        print the packet in hexadecimal, -X in characters, too; -xx, -XX with the link-layer
                header; -A in characters only
  -t            no times; -tt seconds since the epoch, -ttt since the packet before, -tttt the date,
                -ttttt since the first packet
  -#            number the packets
  --json        one JSON object for each packet, a line each, and one for the summary
  --sad kernel|userspace|FILE
                look into packets with the keys of the kernel's SAD, of ipseald's, or of a file: a
                setkey file, what "ip xfrm state" printed, Wireshark's esp_sa, tcpdump's -E file
  --policy kernel|userspace|FILE
                say of each packet whether it was protected as the policies ask: the kernel's,
                ipseald's, of a setkey file, or what "ip xfrm policy" printed
  --leaks       with --policy: print only packets in the clear that should have been protected; the
                exit status is 3 if there was one
  --summary     tell at the end what went by (with --sad or --policy it is always told)
  --top         show flows and SAs as they go by, until q is pressed
  --write-keys wireshark[=FILE]
                write the keys of --sad (default: kernel) as Wireshark's table, to FILE (default:
                esp_sa; "-" is standard output), and do nothing else
  --control PATH
                the control socket of ipseald
  -D            list the interfaces
  -n, -N, -K, -l, -O, -S, -U, -q
                accepted: nothing is looked up, sequence numbers are as they are, lines are printed
                at once
`;

const KIB = 1024;
const DEFAULT_BUFFER_KIB = 32_768;
/** What tcpdump takes for "all". */
const LONGEST_PACKET = 262_144;

/** Reads the words after the verb. Throws `UsageError`. */
export function parseCommand(words: readonly string[]): WatchCommand {
  const { options, operands } = parseOptions(words, {
    letters: '#AB:c:DeF:hi:KlnNOpqQ:r:s:StUvw:xX?',
    long: {
      json: false,
      help: false,
      version: false,
      number: false,
      interface: true,
      sad: true,
      policy: true,
      leaks: false,
      summary: false,
      top: false,
      'write-keys': true,
      control: true,
    },
  });
  const given = new Map(options.map(({ name, value }) => [name, value]));
  const times = (name: string) => options.filter((option) => option.name === name).length;
  const valuesOf = (name: string) =>
    options.flatMap((option) => (option.name === name ? (option.value ?? []) : []));
  const knowledge = {
    sads: valuesOf('sad'),
    policies: valuesOf('policy'),
    control: given.get('control') ?? null,
  };
  const filterFile = given.get('F') ?? null;
  const filter = operands.join(' ');
  if (filterFile !== null && filter !== '') {
    throw new UsageError('-F and a filter of several words do not go together: give one of them');
  }
  if (given.has('json') && given.has('w')) {
    throw new UsageError('--json prints packets, and with -w they are not printed');
  }
  if (given.has('leaks') && knowledge.policies.length === 0) {
    throw new UsageError('--leaks needs to know what should be protected: add --policy');
  }
  const looks = knowledge.sads.length > 0 || knowledge.policies.length > 0 || given.has('summary');
  if (looks && given.has('w')) {
    throw new UsageError('with -w packets are not looked at: leave out --sad, --policy, --summary');
  }
  if (given.has('top') && (given.has('json') || given.has('w'))) {
    throw new UsageError('--top has the screen to itself: leave out --json and -w');
  }
  const style = TIME_STYLES[times('t')];
  if (style === undefined) throw new UsageError('-t is given more than five times');
  return {
    task: taskOf(given),
    source: sourceOf(given),
    write: given.get('w') ?? null,
    count: given.has('c') ? numberOf('-c', given.get('c'), 1, 2 ** 53) : Number.POSITIVE_INFINITY,
    snapLength: numberOf('-s', given.get('s') ?? '0', 0, LONGEST_PACKET) || LONGEST_PACKET,
    filter,
    filterFile,
    json: given.has('json'),
    time: style,
    verbosity: times('v'),
    link: given.has('e'),
    number: given.has('#') || given.has('number'),
    hexDump: hexDumpOf(times('x'), times('X'), given.has('A')),
    knowledge,
    leaks: given.has('leaks'),
    summary: given.has('summary'),
    top: given.has('top'),
    keyFile: keyFileOf(given.get('write-keys') ?? null),
  };
}

function taskOf(given: ReadonlyMap<string, string | null>): WatchCommand['task'] {
  if (given.has('help') || given.has('h') || given.has('?')) return 'help';
  if (given.has('version')) return 'version';
  if (given.has('write-keys')) return 'write-keys';
  return given.has('D') ? 'list' : 'watch';
}

/** `wireshark` or `wireshark=FILE`. */
function keyFileOf(value: string | null): string {
  const [program, ...rest] = (value ?? 'wireshark').split('=');
  if (program !== 'wireshark') {
    throw new UsageError(`--write-keys writes for wireshark, not for "${program}"`);
  }
  return rest.length === 0 ? 'esp_sa' : rest.join('=');
}

function sourceOf(given: ReadonlyMap<string, string | null>): SourceChoice {
  const path = given.get('r');
  const device = given.get('i') ?? given.get('interface') ?? null;
  if (typeof path === 'string') {
    if (device !== null) throw new UsageError('-i and -r do not go together: give one of them');
    return { kind: 'file', path };
  }
  const direction = given.get('Q') ?? 'inout';
  if (direction !== 'in' && direction !== 'out' && direction !== 'inout') {
    throw new UsageError(`-Q takes in, out or inout, not "${direction}"`);
  }
  return {
    kind: 'live',
    device,
    promiscuous: !given.has('p'),
    direction,
    bufferKib: numberOf('-B', given.get('B') ?? `${DEFAULT_BUFFER_KIB}`, KIB, KIB * KIB),
  };
}

function hexDumpOf(x: number, upperX: number, a: boolean): HexDump | null {
  if (x === 0 && upperX === 0 && !a) return null;
  return { digits: x + upperX > 0, characters: a || upperX > 0, link: x > 1 || upperX > 1 };
}

function numberOf(
  option: string,
  text: string | null | undefined,
  least: number,
  most: number,
): number {
  const number = /^\d+$/.test(text ?? '') ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`${option} takes a number from ${least} to ${most}, not "${text}"`);
}
