/**
 * `establish-sa`, `delete-sa`, `vpn-connect` and `vpn-disconnect`.
 *
 * @module
 */
import { type Ends, sameEnds } from '../../ike/path.ts';
import { IKE_PORT } from '../../ipsec/exemption.ts';
import { selectorKey } from '../../ipsec/selector.ts';
import { formatIpAddress, type IpAddress, sameAddress } from '../../net/ip-address.ts';
import { selectorToJson } from '../control/values.ts';
import { parseOptions } from '../getopt.ts';
import { printPieces } from '../print.ts';
import type { AdminClient } from '../racoon/admin/client.ts';
import type { CommandJson, ToldEvent } from '../racoon/admin/protocol.ts';
import type { EventKind } from '../racoon/event-text.ts';
import type { Action, Work } from './action.ts';
import { eventToJson, toldText } from './json.ts';
import { readPassword } from './password.ts';
import { parseAddress, parseSaWords, type SaWords, WrongWords } from './sa-words.ts';
import { addressTowards } from './source-address.ts';

/** `establish-sa [-u USER] [-n REMOTE] [-w] SA` */
export const establish: Action = (words, { json }) => {
  const { options, operands } = parseOptions(words, { letters: 'u:n:w', long: {} });
  const given = new Map(options.map(({ name, value }) => [name, value]));
  const sa = parseSaWords(operands);
  const user = given.get('u') ?? null;
  const name = given.get('n') ?? null;
  const waits = given.has('w');
  if (sa.kind !== 'isakmp') return establishPhase2(sa, waits, json);
  return async (racoon) => {
    const wanted = { local: sa.local, remote: sa.remote, name, user };
    return establishPhase1(racoon, wanted, waits, json);
  };
};

/** `vpn-connect [-u USER] GATEWAY` */
export const connectVpn: Action = (words, { json }) => {
  const { options, operands } = parseOptions(words, { letters: 'u:', long: {} });
  const remote = gatewayOf(operands);
  const user = options.find(({ name }) => name === 'u')?.value ?? null;
  return async (racoon) => {
    const local = await addressTowards(remote);
    return establishPhase1(racoon, { local, remote, name: null, user }, true, json);
  };
};

/** `delete-sa SA`: of whatever kind, it is the ISAKMP SA that ends, and what came of it with it. */
export const remove: Action = (words) => {
  const { local, remote } = parseSaWords(words);
  return async (racoon) => {
    const command = {
      kind: 'delete-phase1',
      local: usualPort(local),
      remote: usualPort(remote),
    } as const;
    await racoon.ask({ op: 'command', command });
    return 0;
  };
};

/** `vpn-disconnect GATEWAY` */
export const disconnectVpn: Action = (words, { json }) => {
  const remote = gatewayOf(words);
  return async (racoon) => {
    const all = await racoon.ask({ op: 'status' });
    if (!all.some((phase1) => sameAddress(phase1.remote.address, remote))) {
      process.stderr.write(`racoonctl: no ISAKMP SA with ${formatIpAddress(remote)}\n`);
      return 0;
    }
    const command = { kind: 'delete-phase1', local: null, remote: usualPort(remote) } as const;
    return commandAndWait(racoon, command, json, (event) =>
      isWith(event, remote) && event.what === 'phase1-deleted' ? { status: 0 } : null,
    );
  };
};

interface WantedPhase1 {
  readonly local: IpAddress;
  readonly remote: IpAddress;
  readonly name: string | null;
  readonly user: string | null;
}

async function establishPhase1(
  racoon: AdminClient,
  { local, remote, name, user }: WantedPhase1,
  waits: boolean,
  json: boolean,
): Promise<number> {
  const login = user === null ? null : { user, password: await readPassword('Password: ') };
  const all = await racoon.ask({ op: 'status' });
  const isThere = all.some(
    (phase1) => phase1.state === 'established' && sameAddress(phase1.remote.address, remote),
  );
  if (isThere) return 0;
  const command: CommandJson = {
    kind: 'establish-phase1',
    local: usualPort(local),
    remote: usualPort(remote),
    name,
    login,
  };
  if (waits) {
    return commandAndWait(racoon, command, json, (event) =>
      isWith(event, remote) || isOfNobody(event) ? phase1Outcome(event.what) : null,
    );
  }
  await racoon.ask({ op: 'command', command });
  return 0;
}

function phase1Outcome(what: EventKind): Outcome | null {
  if (what === 'mode-config-done') return { status: 0, text: 'VPN connexion established' };
  return PHASE1_FAILURES.has(what) ? { status: 1 } : null;
}

function establishPhase2(
  sa: Extract<SaWords, { readonly kind: 'esp' | 'ah' }>,
  waits: boolean,
  json: boolean,
): Work {
  const command: CommandJson = { kind: 'establish-phase2', selector: selectorToJson(sa.selector) };
  return async (racoon) => {
    if (!waits) {
      await racoon.ask({ op: 'command', command });
      return 0;
    }
    const wanted = selectorKey(sa.selector);
    return commandAndWait(racoon, command, json, (event, ends) => {
      const isPeers = ends !== null && isBetween(event, ends);
      if (event.selector === null) {
        const isFailure = (isPeers || isOfNobody(event)) && PHASE1_FAILURES.has(event.what);
        return isFailure ? { status: 1 } : null;
      }
      if (selectorKey(event.selector) !== wanted || (event.remote !== null && !isPeers))
        return null;
      return { status: event.what === 'phase2-established' ? 0 : 1 };
    });
  };
}

/** How it ended. */
interface Outcome {
  readonly status: number;
  /** What is said of it; that of the event where there is none. */
  readonly text?: string;
}

/**
 * Has racoon do `command`, and waits until `outcomeOf` knows an event as its end; `ends` are those between
 * which racoon says that it negotiates.
 */
async function commandAndWait(
  racoon: AdminClient,
  command: CommandJson,
  json: boolean,
  outcomeOf: (event: ToldEvent, ends: Ends | null) => Outcome | null,
): Promise<number> {
  const events = await racoon.events();
  const ends = await racoon.ask({ op: 'command', command });
  for await (const event of events) {
    const outcome = outcomeOf(event, ends);
    if (outcome === null) continue;
    const text = json ? JSON.stringify(eventToJson(event)) : (outcome.text ?? toldText(event));
    await printPieces(process.stdout, [`${text}\n`]);
    return outcome.status;
  }
  throw new Error('racoon ended before anything came of it');
}

function isWith({ remote }: ToldEvent, peer: IpAddress): boolean {
  return remote !== null && sameAddress(remote.address, peer);
}

function isBetween({ local, remote }: ToldEvent, ends: Ends): boolean {
  return (
    local !== null &&
    remote !== null &&
    sameEnds({ local: local.address, remote: remote.address }, ends)
  );
}

/** Neither about a peer nor about traffic: about racoon, or about what was asked for of nobody. */
function isOfNobody({ remote, selector }: ToldEvent): boolean {
  return remote === null && selector === null;
}

function gatewayOf(words: readonly string[]): IpAddress {
  const [gateway, ...more] = words;
  if (gateway === undefined) throw new WrongWords('insufficient arguments', 'It is: GATEWAY.');
  if (more.length > 0) throw new WrongWords(`"${more[0]}" is one word too many`);
  return parseAddress(gateway);
}

function usualPort(address: IpAddress): { readonly address: string; readonly port: number } {
  return { address: formatIpAddress(address), port: IKE_PORT };
}

const PHASE1_FAILURES: ReadonlySet<EventKind> = new Set([
  'phase1-no-answer',
  'phase1-no-proposal',
  'phase1-not-authenticated',
  'dead-peer',
  'xauth-failed',
  'racoon-terminated',
  'no-phase1',
]);
