/**
 * The command line of `racoonctl`: options, then a command by its long name or its short one, then what
 * belongs to it.
 *
 * @module
 */
import { UsageError } from '../getopt.ts';

const DEFAULT_SOCKET = '/var/run/racoon/racoon.sock';

export const USAGE = `usage: racoonctl [-l [-l]] [-s SOCKET] [--json] COMMAND ...

  rc, reload-config            have racoon read its configuration again
  sc, show-schedule            what it will do by the clock
  ss, show-sa isakmp|ipsec|esp|ah
                               ISAKMP SAs (-l: more of each, -l -l: our end, too), or the SAD with
                               its keys, as "setkey -D" prints it
  se, show-event               what happens, as it happens, until interrupted
      status [-v] [-f json] [PEER]
                               ISAKMP SAs and what came of them, for people
  es, establish-sa [-u USER] [-n REMOTE] [-w] SA
                               negotiate; with -w wait for what comes of it
  ds, delete-sa SA             tell the peer, and forget the ISAKMP SA and all that came of it
  fs, flush-sa isakmp|ipsec|esp|ah
                               forget all of a kind
  vc, vpn-connect [-u USER] GATEWAY
                               establish-sa -w, from whatever address leads there
  vd, vpn-disconnect GATEWAY   delete-sa, from whatever address, and wait for its end
  gc, get-cert inet|inet6 SRC DST
                               the peer's certificate, in DER
  lu, logout-user USER         end what USER logged in for

  SA is   isakmp inet|inet6 SRC DST
     or   esp|ah inet|inet6 SRC/LENGTH[PORT] DST/LENGTH[PORT] any|icmp|tcp|udp|gre

  -s SOCKET  where racoon listens (default: ${DEFAULT_SOCKET})
  --json     an object a line, as docs/racoonctl.md says
  -d         is accepted, and changes nothing
  --help, --version

The exit status is 0 when it was done, and else 1.
`;

export interface RacoonctlCommand {
  /** How often `-l` was given. */
  readonly detail: number;
  readonly socket: string;
  readonly json: boolean;
  /** The command and what belongs to it. */
  readonly words: readonly string[];
}

export type Task =
  | { readonly kind: 'help' | 'version' }
  | ({ readonly kind: 'run' } & RacoonctlCommand);

/** Reads the words of the command line. What stands behind the command is the command's. Throws {@link UsageError}. */
export function parseCommand(words: readonly string[]): Task {
  const rest = [...words];
  let detail = 0;
  let socket = DEFAULT_SOCKET;
  let json = false;
  for (let word = rest[0]; word?.startsWith('-') === true && word !== '-'; word = rest[0]) {
    rest.shift();
    if (word === '--') break;
    if (word === '--help' || word === '-h') return { kind: 'help' };
    if (word === '--version' || word === '-V') return { kind: 'version' };
    if (word === '--json') json = true;
    else if (/^-[ld]+$/.test(word)) detail += word.split('l').length - 1;
    else if (word.startsWith('-s')) socket = word.slice(2) || (rest.shift() ?? needsValue(word));
    else throw new UsageError(`there is no option ${word}`);
  }
  // As in the original, to ask for nothing is to ask for help.
  return rest.length === 0 ? { kind: 'help' } : { kind: 'run', detail, socket, json, words: rest };
}

function needsValue(option: string): never {
  throw new UsageError(`${option} needs a value`);
}
