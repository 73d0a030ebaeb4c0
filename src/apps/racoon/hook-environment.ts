/**
 * Which scripts run when a phase 1 comes and goes, and what they are told, in racoon's variables.
 *
 * @module
 */
import { type ClientSettings, clientEnvironment } from '../../ike/client-settings.ts';
import type { IkeEvent, Phase1Identity } from '../../ike/event.ts';
import type { Scripts } from '../../ike/peer.ts';
import { formatIpAddress } from '../../net/ip-address.ts';

/** A script to be run. */
export interface HookRun {
  /** As the configuration has it. */
  readonly script: string;
  /** Its one argument. */
  readonly event: HookEvent;
  /** All of its environment. */
  readonly environment: Readonly<Record<string, string>>;
}

export type HookEvent = 'phase1_up' | 'phase1_down' | 'phase1_dead';

/** What is to be run at `event`, in its order. */
export function hooksFor(event: IkeEvent): readonly HookRun[] {
  // What scripts are for is in the settings.
  if (event.kind === 'phase1-settled') return hook('phase1_up', event);
  if (event.kind !== 'phase1-deleted') return [];
  const down = hook('phase1_down', event);
  return event.reason === 'dead-peer' ? [...hook('phase1_dead', event), ...down] : down;
}

interface Told {
  readonly phase1: Phase1Identity;
  readonly remoteIdentity: string;
  readonly settings: ClientSettings | null;
}

function hook(event: HookEvent, { phase1, remoteIdentity, settings }: Told): readonly HookRun[] {
  const script = phase1.peer?.scripts[PLACE[event]] ?? null;
  if (script === null) return [];
  const { local, remote } = phase1.path;
  const environment = {
    LOCAL_ADDR: formatIpAddress(local.address),
    LOCAL_PORT: `${local.port}`,
    REMOTE_ADDR: formatIpAddress(remote.address),
    REMOTE_PORT: `${remote.port}`,
    REMOTE_ID: harmless(remoteIdentity),
    ...settingsVariables(settings),
  };
  return [{ script, event, environment }];
}

function settingsVariables(settings: ClientSettings | null): Record<string, string> {
  if (settings === null) return {};
  const variables = Object.entries(clientEnvironment(settings));
  return Object.fromEntries(variables.map(([name, value]) => [name, harmless(value)]));
}

/**
 * What a peer said, without what could end a line or a string: scripts are shell scripts, and not all of
 * them quote.
 */
function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are meant
  return text.replace(/[\0-\x1f\x7f]/g, '?');
}

const PLACE: Readonly<Record<HookEvent, keyof Scripts>> = {
  phase1_up: 'up',
  phase1_down: 'down',
  phase1_dead: 'dead',
};
