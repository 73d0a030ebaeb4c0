/**
 * What a conversation of transaction exchanges is held about, and with whom: but for where the peer is, it
 * stays the same for as long as the phase 1 that protects it.
 *
 * @module
 */
import type { ModeConfig } from '../../configuration.ts';
import { CredentialFault } from '../../credential-fault.ts';
import type { Credentials } from '../../credentials.ts';
import { formatUdpAddress, type UdpAddress } from '../../path.ts';
import type { AuthenticationMethod, Peer } from '../../peer.ts';
import { ANYBODY } from '../../pre-shared-keys.ts';
import type { AddressPool, Holder } from './address-pool.ts';
import type { Throttle } from './throttle.ts';
import type { Login } from './xauth-client.ts';

export interface Situation {
  /** By which phase 1 was authenticated, as we have it: it says who asks whom. */
  readonly method: AuthenticationMethod;
  /** Whether we want settings of the peer. */
  readonly wantsSettings: boolean;
  /** Who we are for a gateway that asks; `null` when that is not known. */
  readonly login: Login | null;
  readonly remote: UdpAddress;
  /** The identity of the peer in phase 1, as text. */
  readonly remoteIdentity: string;
  readonly server: ServerSettings;
}

/** What there is to give: one for all conversations. */
export interface ServerSettings {
  readonly modeConfig: ModeConfig;
  /** What is in the file of that name; `null` when it cannot be read. */
  readonly banner: string | null;
  /** `null` when no addresses are given. */
  readonly pool: AddressPool | null;
  readonly throttle: Throttle;
}

/** Who the client is for the pool of addresses. */
export function holderOf({ remote, remoteIdentity }: Situation, user: string | null): Holder {
  return { user: user ?? remoteIdentity, place: formatUdpAddress(remote) };
}

/**
 * Who we log in as at a peer: who was given with the command, else `xauth_login` with the password that
 * psk.txt has for this very name; `null` when either is missing.
 */
export function loginFor(
  { xauthLogin }: Pick<Peer, 'xauthLogin'>,
  credentials: Pick<Credentials, 'preSharedKey'>,
  command: Login | null,
): Login | null {
  if (command !== null) return command;
  if (xauthLogin === null) return null;
  const found = credentials.preSharedKey([xauthLogin]);
  // A key for everybody is one of hosts, and not to be told to whoever asks for a password.
  if (found instanceof CredentialFault || found.identity === ANYBODY) return null;
  return { user: xauthLogin, password: found.key };
}
