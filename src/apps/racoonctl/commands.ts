/**
 * The commands of racoonctl by their names.
 *
 * @module
 */

import { formatIpAddress } from '../../net/ip-address.ts';
import { parseOptions } from '../getopt.ts';
import { printPieces } from '../print.ts';
import type { Action } from './action.ts';
import { connectVpn, disconnectVpn, establish, remove } from './negotiate.ts';
import { parseAddressPair, WrongWords } from './sa-words.ts';
import { showEvents, showSas, showSchedule } from './show.ts';
import { showStatus } from './status.ts';

/** The command called `name`, by either of its names. */
export function commandCalled(name: string): Action | undefined {
  return ACTIONS.get(name);
}

const reloadConfiguration: Action = (words) => {
  none(words);
  return async (racoon) => {
    await racoon.ask({ op: 'reload' });
    return 0;
  };
};

const flush: Action = (words) => {
  const [kind, ...more] = words;
  none(more);
  if (kind === undefined) throw new WrongWords('insufficient arguments', FLUSHED);
  if (kind === 'isakmp') {
    return async (racoon) => {
      await racoon.ask({ op: 'command', command: { kind: 'flush-phase1' } });
      return 0;
    };
  }
  if (kind !== 'ipsec' && kind !== 'esp' && kind !== 'ah') {
    throw new WrongWords(`unknown protocol ${kind}`, FLUSHED);
  }
  return async (racoon) => {
    await racoon.ask({ op: 'flush-sas', protocol: kind === 'ipsec' ? null : kind });
    return 0;
  };
};

/** The octets themselves: `openssl x509 -inform DER` reads them. */
const certificate: Action = (words) => {
  const { local, remote } = parseAddressPair(words);
  return async (racoon) => {
    const digits = await racoon.ask({
      op: 'certificate',
      local: formatIpAddress(local),
      remote: formatIpAddress(remote),
    });
    if (digits !== null) process.stdout.write(Buffer.from(digits, 'hex'));
    return 0;
  };
};

const logOut: Action = (words, { json }) => {
  const [user, ...more] = words;
  none(more);
  if (user === undefined) throw new WrongWords('insufficient arguments', 'It is: USER.');
  return async (racoon) => {
    const deleted = await racoon.ask({ op: 'log-out', user });
    if (json) await printPieces(process.stdout, [`${JSON.stringify({ user, deleted })}\n`]);
    return 0;
  };
};

const status: Action = (words, command) => {
  const { options, operands } = parseOptions(words, { letters: 'vf:', long: {} });
  const given = new Map(options.map(({ name, value }) => [name, value]));
  const form = given.get('f') ?? (command.json ? 'json' : 'text');
  if (form !== 'json' && form !== 'text') throw new WrongWords(`unknown format ${form}`);
  none(operands.slice(1));
  return showStatus({ json: form === 'json', verbose: given.has('v'), peer: operands[0] ?? null });
};

function none(words: readonly string[]): void {
  if (words.length > 0) throw new WrongWords(`"${words[0]}" is one word too many`);
}

const FLUSHED = 'It is isakmp, ipsec, esp or ah.';

const COMMANDS: readonly (readonly [names: readonly string[], action: Action])[] = [
  [['reload-config', 'rc'], reloadConfiguration],
  [['show-schedule', 'sc'], showSchedule],
  [['show-sa', 'ss'], showSas],
  [['show-event', 'se'], showEvents],
  [['status'], status],
  [['establish-sa', 'es'], establish],
  [['delete-sa', 'ds'], remove],
  [['flush-sa', 'fs'], flush],
  [['vpn-connect', 'vc'], connectVpn],
  [['vpn-disconnect', 'vd'], disconnectVpn],
  [['get-cert', 'get-sa-cert', 'gc'], certificate],
  [['logout-user', 'lu'], logOut],
];

const ACTIONS: ReadonlyMap<string, Action> = new Map(
  COMMANDS.flatMap(([names, action]) => names.map((name) => [name, action] as const)),
);
