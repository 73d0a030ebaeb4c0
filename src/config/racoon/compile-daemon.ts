/**
 * Statements about the daemon itself: `path`, `log`, `listen`, `privsep`, `timer`, `padding`.
 *
 * @module
 */
import { IKE_PORT } from '../../ipsec/exemption.ts';
import type { Choice } from '../read-word.ts';
import { type Arguments, LARGEST_NUMBER } from './arguments.ts';
import { compileStatements, type Readers, statementsOf } from './compile-block.ts';
import type { CompileContext } from './compile-context.ts';
import type { AdminSocket, LogLevel, Paths } from './configuration.ts';
import type { ConfigurationDraft } from './draft.ts';
import { refuseLeftOut, warnOfLeftOut } from './left-out.ts';
import type { Statement } from './syntax.ts';

/** `path certificate "/etc/racoon/certs";` */
export function readPath(
  words: Arguments,
  { paths }: ConfigurationDraft,
  context: CompileContext,
): void {
  const start = words.peek();
  const name = words.choice(PATH);
  const path = words.quoted('a path');
  if (name === 'backupsa') {
    warnOfLeftOut(start, 'SAs are not kept over a restart', context);
  } else {
    paths[PATHS[name]] = path;
  }
}

/** `log debug;` */
export function readLog(words: Arguments, draft: ConfigurationDraft): void {
  draft.logLevel = words.choice(LOG_LEVEL);
}

/** `listen { … }` */
export function compileListen(
  statement: Statement,
  draft: ConfigurationDraft,
  context: CompileContext,
): void {
  const { addresses } = draft.listen;
  const add = (words: Arguments, natTraversal: boolean): void => {
    const endpoint = words.endpoint('an address to listen on', IKE_PORT);
    addresses.push({ ...endpoint, natTraversal });
  };
  const readers: Readers<'listen'> = {
    isakmp: (words) => add(words, false),
    isakmp_natt: (words) => add(words, true),
    adminsock: (words) => {
      draft.adminSocket = readAdminSocket(words);
    },
    strict_address: () => {
      draft.listen.strict = true;
    },
    admin: (words) => {
      refuseLeftOut(words, words.span, 'this is a port for racoonctl', ADMIN_FIX);
    },
  };
  compileStatements(
    statementsOf(statement),
    'listen',
    readers,
    ['isakmp', 'isakmp_natt', 'strict_address'],
    context,
  );
}

/** `"/run/racoon.sock" "root" "racoon" 0660`, or `disabled`. */
function readAdminSocket(words: Arguments): AdminSocket | null {
  if (words.takes('disabled')) return null;
  const path = words.quoted('the path of a socket');
  if (!words.hasMore) return { path, owner: 'root', group: 'root', mode: 0o600 };
  const owner = words.quoted('the owner');
  const group = words.quoted('the group');
  const mode = words.word('the permissions');
  if (/^0?[0-7]{1,3}$/.test(mode.text)) return { path, owner, group, mode: parseInt(mode.text, 8) };
  words.fail('not-a-mode', mode, `${mode.shown} is not a file mode`, {
    expected: 'up to three octal digits behind a 0: 0660',
  });
  return null;
}

/** `privsep { … }` */
export function compilePrivsep(
  statement: Statement,
  { privileges }: ConfigurationDraft,
  context: CompileContext,
): void {
  const name = (words: Arguments, what: string): string =>
    words.seesQuoted
      ? words.quoted(what)
      : `${words.number({ what: `${what} in quotes or by number`, least: 0, most: LARGEST_NUMBER })}`;
  const readers: Readers<'privsep'> = {
    user: (words) => {
      privileges.user = name(words, 'a user');
    },
    group: (words) => {
      privileges.group = name(words, 'a group');
    },
    chroot: (words) => {
      words.quoted('a folder');
      warnOfLeftOut(words.span, 'privileges are dropped, and the root folder stays', context);
    },
  };
  compileStatements(statementsOf(statement), 'privsep', readers, [], context);
}

/** `timer { … }` */
export function compileTimer(
  statement: Statement,
  { timers }: ConfigurationDraft,
  context: CompileContext,
): void {
  const readers: Readers<'timer'> = {
    counter: (words) => {
      timers.retransmissions = words.number({ what: 'a count', least: 0, most: LARGEST_NUMBER });
    },
    interval: (words) => {
      timers.retransmissionSeconds = words.seconds(A_TIME);
    },
    persend: (words) => {
      timers.copies = words.number({ what: 'a count', least: 1, most: 255 });
    },
    phase1: (words) => {
      timers.phase1Seconds = words.seconds(A_TIME);
    },
    phase2: (words) => {
      timers.phase2Seconds = words.seconds(A_TIME);
    },
    natt_keepalive: (words) => {
      timers.natKeepaliveSeconds = words.seconds({ ...A_TIME, least: 0 });
    },
  };
  compileStatements(statementsOf(statement), 'timer', readers, [], context);
}

/** `padding { … }` */
export function compilePadding(
  statement: Statement,
  { padding }: ConfigurationDraft,
  context: CompileContext,
): void {
  const readers: Readers<'padding'> = {
    randomize: (words) => {
      padding.randomize = words.switch();
    },
    randomize_length: (words) => {
      padding.randomizeLength = words.switch();
    },
    maximum_length: (words) => {
      // The pad length is one octet.
      padding.maximumLength = words.number({ what: 'a length', least: 0, most: 255 });
    },
    strict_check: (words) => {
      padding.strictCheck = words.switch();
    },
    exclusive_tail: (words) => {
      padding.exclusiveTail = words.switch();
    },
  };
  compileStatements(statementsOf(statement), 'padding', readers, [], context);
}

const A_TIME = { what: 'a time', least: 1, most: LARGEST_NUMBER };

const PATHS = {
  include: 'include',
  pre_shared_key: 'preSharedKeys',
  certificate: 'certificates',
  script: 'scripts',
  pidfile: 'pidFile',
} as const satisfies Record<string, keyof Paths>;

const PATH: Choice<keyof typeof PATHS | 'backupsa'> = {
  noun: 'path',
  words: ['include', 'pre_shared_key', 'certificate', 'script', 'pidfile', 'backupsa'],
};

const LOG_LEVEL: Choice<LogLevel> = {
  noun: 'log level',
  words: ['error', 'warning', 'notify', 'info', 'debug', 'debug2'],
};

const ADMIN_FIX = 'write adminsock and a path, or leave it out';
