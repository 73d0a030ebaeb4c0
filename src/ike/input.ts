/**
 * All that can happen to the endpoint of IKE.
 *
 * @module
 */
import type { Acquire, SaExpired } from '../ipsec/events.ts';
import type { SaId } from '../ipsec/sa-parameters.ts';
import type { Selector } from '../ipsec/selector.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { IkeConfiguration } from './configuration.ts';
import type { Credentials } from './credentials.ts';
import type { Path, UdpAddress } from './path.ts';
import type { Answer } from './question.ts';
import type { Login } from './v1/transaction/xauth-client.ts';

export type IkeInput =
  /** A message came: an ISAKMP message, without a non-ESP marker. It is read before the call ends. */
  | { readonly kind: 'datagram'; readonly path: Path; readonly octets: Uint8Array }
  /** To a question of an earlier output. */
  | { readonly kind: 'answer'; readonly number: number; readonly answer: Answer }
  /** A packet waits for an SA. */
  | { readonly kind: 'acquire'; readonly acquire: Acquire }
  /** The lifetime of an SA came to an end, its soft or its hard one. */
  | { readonly kind: 'expired'; readonly expired: SaExpired }
  /** Somebody else deleted an SA. */
  | { readonly kind: 'sa-deleted'; readonly id: SaId }
  /** From now on it is to be as this says. */
  | {
      readonly kind: 'configuration';
      readonly configuration: IkeConfiguration;
      readonly credentials: Credentials;
      /** What the banner of its `modeConfig` says; `null` when it cannot be read. */
      readonly banner: string | null;
    }
  | { readonly kind: 'command'; readonly command: IkeCommand }
  /** The deadline that the endpoint told is over. */
  | { readonly kind: 'time' };

/** What an operator asks for, with `racoonctl` and the like. */
export type IkeCommand =
  /** Phase 1 with a peer, found by its address or the name of its `remote`. */
  | {
      readonly kind: 'establish-phase1';
      readonly local: UdpAddress;
      readonly remote: UdpAddress;
      readonly name: string | null;
      /** Who logs in with which password, where the peer asks (XAuth). */
      readonly login: Login | null;
    }
  /** Phase 2 for the outbound policy with `selector`, between these addresses of IKE. */
  | {
      readonly kind: 'establish-phase2';
      readonly local: IpAddress;
      readonly remote: IpAddress;
      readonly selector: Selector;
    }
  /** Tells the peer, and forgets the phase 1 between the addresses and all SAs that came of it. */
  | {
      readonly kind: 'delete-phase1';
      readonly local: UdpAddress | null;
      readonly remote: UdpAddress;
    }
  /** All of phase 1. */
  | { readonly kind: 'flush-phase1' }
  /** Says goodbye to all peers: nothing is to be expected of it later. */
  | { readonly kind: 'shut-down' };
