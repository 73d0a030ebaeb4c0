/**
 * The command line of `ipseald`.
 *
 * @module
 */
import { controlPath } from '../control/path.ts';
import { parseOptions, UsageError } from '../getopt.ts';
import { MOST_THREADS, usualThreads } from './threads.ts';

export const USAGE = `usage: ipseald [-f FILE]... [--rfc4868] [--keepalive SECONDS] [--threads COUNT]
               [--control PATH]
       ipseald --release
       ipseald --help | --version

Protects packets in user space, for kernels that have no ESP or AH: takes those that the policies
name through a TUN device, sends and receives AH and ESP through raw sockets. Needs CAP_NET_ADMIN
and CAP_NET_RAW. Runs in the foreground.

  -f FILE         load this file, in the language of setkey, before anything else, and once more at
                  SIGHUP: what is the same then is not touched, and where anything is wrong, nothing
                  is. Several are read in their order. Without a file, load policies with setkey
  --rfc4868       hmac-sha256 in the files has an ICV of 128 bits, not the 96 of old setkey
  --keepalive SECONDS
                  how long a peer of ESP in UDP hears nothing before it is sent a NAT keepalive
                  (default: 20; 0: never)
  --threads COUNT how many threads carry packets, 1 to ${MOST_THREADS} (default: one for every two processors).
                  What goes between two hosts has one of them, and so have all flows under one SA
  --control PATH  the control socket (default: IPSEAL_CONTROL, else /run/ipseal/control.sock)
  --release       remove what keeps traffic blocked after an ipseald that stopped or was killed:
                  its nf_tables table "ipseal", and the rule and routes of table 4301. From then on
                  packets go in the clear

When it stops, for whatever reason, the policies stay in force: packets they protect are refused
until an ipseald runs again, or --release.
`;

/** What `ipseald` is started with. */
export interface Settings {
  readonly files: readonly string[];
  readonly rfc4868: boolean;
  /** 0 is never. */
  readonly keepaliveSeconds: number;
  readonly threads: number;
  /** Where to listen. */
  readonly control: string;
}

export type Task =
  | { readonly kind: 'help' | 'version' }
  | ({ readonly kind: 'release' } & Pick<Settings, 'control'>)
  | ({ readonly kind: 'serve' } & Settings);

/** RFC 3948 §4. */
const KEEPALIVE_SECONDS = 20;
const LONGEST_KEEPALIVE_SECONDS = 86_400;

/** Reads the words of the command line. Throws {@link UsageError}. */
export function parseCommand(words: readonly string[]): Task {
  const { options, operands } = parseOptions(words, {
    letters: 'f:hV',
    long: {
      help: false,
      version: false,
      control: true,
      keepalive: true,
      release: false,
      rfc4868: false,
      threads: true,
    },
  });
  if (operands.length > 0) throw new UsageError(`there are no operands: "${operands[0]}"`);
  const given = new Map(options.map(({ name, value }) => [name, value]));
  if (given.has('help') || given.has('h')) return { kind: 'help' };
  if (given.has('version') || given.has('V')) return { kind: 'version' };
  const control = controlPath(given.get('control') ?? undefined);
  if (given.has('release')) return { kind: 'release', control };
  return {
    kind: 'serve',
    files: options.flatMap(({ name, value }) => (name === 'f' ? fileOf(value) : [])),
    rfc4868: given.has('rfc4868'),
    keepaliveSeconds: secondsOf(given.get('keepalive') ?? `${KEEPALIVE_SECONDS}`),
    threads: threadsOf(given.get('threads') ?? `${usualThreads()}`),
    control,
  };
}

function fileOf(value: string | null): string[] {
  if (value === '-') throw new UsageError('-f: standard input cannot be read again');
  return value === null ? [] : [value];
}

function secondsOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= LONGEST_KEEPALIVE_SECONDS) return Number(text);
  throw new UsageError(
    `--keepalive is in seconds, 0 to ${LONGEST_KEEPALIVE_SECONDS}, not "${text}"`,
  );
}

function threadsOf(text: string): number {
  const count = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MOST_THREADS) return count;
  throw new UsageError(`--threads is a number from 1 to ${MOST_THREADS}, not "${text}"`);
}
